/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads files for tests, never inside n8n */
/** Files made by ffmpeg and ImageMagick (see `fixtures/make.sh`), as an independent reference. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, 'fixtures');

/** All files by name. */
export const FIXTURES: readonly string[] = readdirSync(FOLDER)
	.filter((name) => !/\.(?:sh|json)$/.test(name))
	.sort();

export const fixture = (name: string): Buffer => readFileSync(join(FOLDER, name));

interface Probe {
	format: { duration?: string };
	streams: Array<{
		codec_type: string;
		width?: number;
		height?: number;
		duration?: string;
		side_data_list?: Array<{ rotation?: number }>;
	}>;
}

/** ffprobe's output for each video. */
export const PROBED = JSON.parse(fixture('ffprobe.json').toString()) as Record<string, Probe>;
