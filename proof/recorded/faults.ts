import { InvalidInput } from '../../backend/platform/errors.ts';

/** A stretch of the recorded time, ms; without an end it lasts for ever. */
export type Span = { readonly from: number; readonly until: number };

/**
 * Faults as one types them: `mute@2013-10-04T14:30:00Z+300,drop:SPY@2013-10-04T15:00:00Z,http:500@2013-10-04T15:10:00Z+60`. `faultOf` makes one of
 * its kind, the text after the colon ('' without one) and its span, or undefined where there is no such fault. Throws an InvalidInput.
 */
export function parseFaultList<Fault>(
  text: string,
  faultOf: (kind: string, argument: string, span: Span) => Fault | undefined,
): Fault[] {
  return text.split(',').map((part) => {
    const [, kind = '', argument = '', instant = '', seconds = '60'] =
      /^([a-z]+)(?::([\w.*-]+))?@([\dT:.Z-]+)(?:\+(\d{1,6}))?$/.exec(part) ?? [];
    const from = Date.parse(instant);
    const span = { from, until: from + Number(seconds) * 1000 };
    const fault = Number.isNaN(from) ? undefined : faultOf(kind, argument, span);
    if (fault !== undefined) return fault;
    throw new InvalidInput(
      '--faults',
      part,
      'KIND[:SYMBOL or number]@INSTANT[+SECONDS], several with commas between them',
    );
  });
}

/** The first fault of a kind that holds at an instant. */
export function activeFault<Fault extends { readonly kind: string } & Span, Kind extends Fault['kind']>(
  faults: readonly Fault[],
  kind: Kind,
  at: number,
): Extract<Fault, { kind: Kind }> | undefined {
  return faults.find(
    (fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind && fault.from <= at && at < fault.until,
  );
}
