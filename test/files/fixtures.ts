/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads files for tests, never inside n8n */
/** Files that ffmpeg and ImageMagick made (see `fixtures/make.sh`): the truth about them is not ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, 'fixtures');

/** Every file that is there, by its name. */
export const FIXTURES: readonly string[] = readdirSync(FOLDER)
	.filter((name) => !name.endsWith('.sh'))
	.sort();

export const fixture = (name: string): Buffer => readFileSync(join(FOLDER, name));
