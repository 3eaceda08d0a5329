import { z } from 'zod';
import { VenueRefused } from '../../venue/errors.ts';
import type { Answer } from '../../venue/http/transport.ts';

const failure = z.object({ message: z.string() });

/** What an answer other than 200 means for a person. `hide` takes out of a text what nobody may see. */
export function refusalOf(
  { status, content, start }: Answer,
  where: string,
  hide: (text: string) => string,
): VenueRefused {
  const { success, data } = failure.safeParse(content);
  const said = hide(success ? data.message : start);
  return new VenueRefused({ venue: 'Alpaca', code: status, said, where, ...adviceOn(status, said) });
}

/** What 403 may mean: https://docs.alpaca.markets/docs/market-data-faq#why-am-i-getting-http-403-forbidden */
function adviceOn(status: number, said: string): { readonly variables: readonly string[]; readonly advice: string } {
  if (status === 403 && /subscription/i.test(said)) {
    return { variables: ['ALPACA_FEED'], advice: "expected a feed of the account's plan (iex is in every plan)" };
  }
  if (status === 401 || status === 403) {
    return {
      variables: ['ALPACA_API_KEY', 'ALPACA_SECRET_KEY'],
      advice: 'expected the key and secret of one account, of the kind (live or paper) that the address serves',
    };
  }
  return { variables: [], advice: 'expected an answer to a request that it documents' };
}
