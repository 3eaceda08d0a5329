import { describe, expect, it } from 'vitest';
import { lockFile, machinePaths, markers, secrets } from './text-rules.ts';

const file = (...lines: string[]) => [{ path: 'a.ts', text: lines.join('\n') }];
/** Samples are put together here, so that the check does not find them in this file. */
const joined = (...parts: string[]) => parts.join('');

describe('machinePaths', () => {
  it.each([
    joined('/', 'work/main'),
    joined('/', 'root/.npm'),
    joined('/', 'home/ada/src'),
    joined('/', 'Users/ada/src'),
    joined('C:', '\\Users\\ada'),
  ])('finds %s with its line', (path) => {
    expect(machinePaths(file('', `const folder = '${path}';`))).toEqual([
      expect.stringMatching(/^a\.ts:2: a path of one machine/),
    ]);
  });

  it.each(['./work/x', 'https://example.org/home/ada/', '/var/lib/x', 'frame/work/', '/home/'])('passes %s', (path) => {
    expect(machinePaths(file(path))).toEqual([]);
  });
});

describe('secrets', () => {
  it.each([
    ['a private key', joined('-----BEGIN RSA PRIVATE ', 'KEY-----')],
    ['an AWS access key', joined('AKIA', 'ABCDEFGHIJKLMNOP')],
    ['a GitHub token', joined('ghp_', 'a'.repeat(36))],
    ['a Google API key', joined('AIza', 'b'.repeat(35))],
    ['a Slack token', joined('xoxb-', '1234567890-abc')],
    ['an npm token', joined('npm_', 'c'.repeat(36))],
    ['a Telegram bot token', joined('123456789:', 'AA', 'd'.repeat(33))],
    ['an Alpaca key', joined('PK', 'ABCDEFGHIJKLMNOPQR')],
    ['a JWT', joined('eyJ', 'a'.repeat(12), '.eyJ', 'b'.repeat(12), '.', 'c'.repeat(12))],
    ['a value for a secret', joined('apiKey', ": '", 'e5'.repeat(16), "'")],
  ])('finds %s and does not repeat it', (kind, sample) => {
    expect(secrets(file(`const x = ${sample};`))).toEqual([`a.ts:1: looks like ${kind}`]);
  });

  it('passes what people can see is none', () => {
    const words = [
      "secret: 'development-only-known-to-everybody'",
      'password: given.password',
      "token = ''",
      'sha256-abc',
    ];
    expect(secrets(file(...words))).toEqual([]);
  });
});

describe('markers', () => {
  it.each(['// TO_DO: later', '/* FIX_ME */', '  * XX_X', '# TO_DO', '-- FIX_ME', 'call(); // XX_X why'])(
    'finds %s',
    (spelt) => {
      expect(markers(file(spelt.replace('_', '')))).toHaveLength(1);
    },
  );

  it.each(['const XX_X = 1;', "mkdtemp('x-XXX_XXX')", '// TO_DOS of others', 'toDo()'])('passes %s', (spelt) => {
    expect(markers(file(spelt.replace('_', '')))).toEqual([]);
  });
});

describe('lockFile', () => {
  const lock = (entry: object) => ({
    path: 'package-lock.json',
    text: JSON.stringify({ packages: { '': {}, 'node_modules/a': entry } }),
  });

  it('passes a package with a checksum alone, whoever asks for funding', () => {
    expect(
      lockFile(lock({ version: '1.0.0', integrity: 'sha512-x', funding: { url: 'https://example.org' } })),
    ).toEqual([]);
  });

  it('tells where a package was fetched from', () => {
    expect(lockFile(lock({ integrity: 'sha512-x', resolved: 'https://registry.example.org/a.tgz' }))).toEqual([
      'package-lock.json: node_modules/a has "resolved", expected none',
      'package-lock.json: node_modules/a names a host, "registry.example.org"',
    ]);
  });

  it('tells a package without a checksum', () => {
    expect(lockFile(lock({ version: '1.0.0' }))).toEqual(['package-lock.json: node_modules/a has no "integrity"']);
  });
});
