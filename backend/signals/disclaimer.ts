/**
 * What every signal says about itself in law. A signal carries the id alone; the text belongs to it for ever, so other words get another id.
 */
export const DISCLAIMER = {
  id: 'not-advice-1',
  text:
    'Signals are computed by a statistical model and are no investment advice, no offer and no recommendation to any person. ' +
    'They may be wrong; past figures do not say what will come; whoever trades on them does so at their own risk.',
} as const;
