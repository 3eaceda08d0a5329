import type { Product } from './product.ts';
import { binaryAuthorization } from './products/admission.ts';
import { gkeBackup } from './products/backups.ts';
import { memorystore } from './products/cache.ts';
import { certificateManager } from './products/certificates.ts';
import { compute } from './products/compute.ts';
import { networkConnectivity } from './products/connections.ts';
import { container } from './products/container.ts';
import { dns } from './products/dns.ts';
import { iam } from './products/iam.ts';
import { kms } from './products/kms.ts';
import { serviceNetworking } from './products/peering.ts';
import { pubsub } from './products/pubsub.ts';
import { artifactRegistry } from './products/registry.ts';
import { identityAwareProxy, resourceManager } from './products/resource-manager.ts';
import { secretManager } from './products/secrets.ts';
import { serviceUsage } from './products/service-usage.ts';
import { sql } from './products/sql.ts';
import { storage } from './products/storage.ts';
import { billingBudgets, logging, monitoring } from './products/watching.ts';

/** Every interface that is played, in the order in which a stack needs them. */
export const products: readonly Product[] = [
  serviceUsage,
  resourceManager,
  iam,
  kms,
  storage,
  compute,
  dns,
  networkConnectivity,
  serviceNetworking,
  artifactRegistry,
  secretManager,
  pubsub,
  container,
  gkeBackup,
  sql,
  memorystore,
  certificateManager,
  binaryAuthorization,
  identityAwareProxy,
  monitoring,
  logging,
  billingBudgets,
];
