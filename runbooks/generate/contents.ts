import { readPages } from '../page/files.ts';
import { subjects } from '../page/subject.ts';
import { filled } from './fill.ts';
import { index } from './page-list.ts';

/** Every file of runbooks/ of which something is generated, by its path below the root of the repository. */
export async function generatedFiles(): Promise<Record<string, string>> {
  const pages = await readPages();
  const bySubject = new Map(subjects.map((subject) => [subject.name, subject]));
  return {
    ...Object.fromEntries(pages.map((page) => [`runbooks/${page.name}.md`, filled(page, bySubject.get(page.name))])),
    'runbooks/README.md': index(pages),
  };
}
