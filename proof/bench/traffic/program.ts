// A crowd of subscribers in a process of its own, so that many thousands of connections fit, and none of their work is the server's.
import { Crowd, type CrowdOrder } from './crowd.ts';
import { comeBack, type ReturnOrder } from './returning.ts';

export type Order =
  | { readonly open: CrowdOrder }
  | { readonly until: number }
  | { readonly comeBack: ReturnOrder }
  | 'received'
  | 'close';

let crowd: Crowd | null = null;

process.on('message', async (order: Order) => {
  try {
    process.send?.({ answer: (await obey(order)) ?? null });
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? error.message : String(error) });
  }
});
process.once('disconnect', () => process.exit(0));

async function obey(order: Order): Promise<unknown> {
  if (order === 'received') return crowd?.received();
  if (order === 'close') return crowd?.close();
  if ('until' in order) return crowd?.until(order.until);
  if ('comeBack' in order) return comeBack(order.comeBack);
  crowd = new Crowd(order.open);
  return crowd.open();
}
