import { catalogue } from '../../metrics/catalogue.ts';

const FEEDS = catalogue.gapBars.labels.feed;
export type FeedLabel = (typeof FEEDS)[number];

/** The label of a feed in metrics. Throws for one that the catalogue does not have. */
export function feedLabel(feed: string): FeedLabel {
  const label = FEEDS.find((known) => known === feed.toLowerCase());
  if (label === undefined)
    throw new Error(`Feed ${feed} is not in the catalogue of metrics, which has ${FEEDS.join(', ')}`);
  return label;
}
