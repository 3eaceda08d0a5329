import { marketIsOpen } from '../alerts/index.ts';
import { above, below, both, count, earlier, max, metric, type Vector, without } from '../alerts/promql/index.ts';
import type { Colour } from './board.ts';

/** Something that happened, drawn as a line through every panel. */
export type Marker = {
  readonly name: string;
  readonly of: Vector<string>;
  readonly text: string;
  readonly colour: Colour;
};

const build = metric('buildInfo');
const version = metric('modelVersion');
const config = metric('configInfo');

/** What changed, in every dashboard: most trouble begins at one of them. */
export const markers: readonly Marker[] = [
  {
    name: 'Deployment',
    of: without(count(build, 'version', 'commit'), count(earlier(build, '2m'), 'version', 'commit'), {
      on: ['version', 'commit'],
    }),
    text: '{{version}} {{commit}}',
    colour: 'blue',
  },
  {
    name: 'Settings',
    of: without(count(config, 'hash'), count(earlier(config, '2m'), 'hash'), { on: ['hash'] }),
    text: '{{hash}}',
    colour: 'orange',
  },
  {
    name: 'Model version',
    of: without(max(version, 'model', 'version'), max(earlier(version, '2m'), 'model', 'version'), {
      on: ['model', 'version'],
    }),
    text: '{{model}}@{{version}}',
    colour: 'green',
  },
  {
    name: 'Market opens',
    of: both(above(marketIsOpen, 0), below(earlier(marketIsOpen, '1m'), 1), { on: ['market'] }),
    text: '{{market}}',
    colour: 'grey',
  },
  {
    name: 'Market closes',
    of: both(below(marketIsOpen, 1), above(earlier(marketIsOpen, '1m'), 0), { on: ['market'] }),
    text: '{{market}}',
    colour: 'grey',
  },
];
