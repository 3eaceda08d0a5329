import { expect, it } from 'vitest';
import { openScene, type Request } from './asking.ts';
import { cases } from './cases.ts';
import { enforced } from './enforced.ts';
import { products } from './products.ts';

const hosts = products.map(({ host }) => host);

it.each(Object.entries(cases))('%s', async (_what, { given = [], asked, says, until }) => {
  await using scene = await openScene(hosts);
  const names: string[] = [];
  const ask = ([what, body]: Request) => {
    const filled = (text: string) => text.replace(/\$(\d)/g, (_, index: string) => names[Number(index) - 1] ?? '');
    return scene.ask([filled(what), body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body)))]);
  };
  const pass = async (request: Request) => {
    const { status, text } = await ask(request);
    expect({ request: request[0], status, text: status === 200 ? '' : text }).toMatchObject({ status: 200 });
    names.push(String((JSON.parse(text) as { readonly name?: string }).name));
  };
  for (const request of given) await pass(request);
  const { status, text } = await ask(asked);
  expect(text).toMatch(says);
  expect([400, 403, 409]).toContain(status);
  if (until === 'never') return;
  if ('days' in until) {
    scene.wait(until.days - 1);
    expect((await ask(asked)).text).toMatch(says);
    scene.wait(1);
  } else for (const request of until) await pass(request);
  await pass(asked);
});

it('breaks each rule that is in a table, and no other', () => {
  expect(Object.keys(cases).toSorted()).toEqual(enforced.map(({ what }) => what).toSorted());
});

it('says of each rule where it is written', async () => {
  const lines = enforced.map(({ what, source }) => `| ${what} | ${source} |`);
  expect(lines.filter((line) => !/ https:\/\/\S+ \|$/.test(line))).toEqual([]);
  const page = ['# What is refused here as at Google', '', '| rule | where it is written |', '|---|---|', ...lines, ''];
  await expect(page.join('\n')).toMatchFileSnapshot('RULES.md');
});
