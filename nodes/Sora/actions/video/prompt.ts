/** The description of a video: one text, or a storyboard from the panel or from data. */
import { isRecord, parseJson } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { readSeconds, type ModelRow } from '../../gateway/models';
import { leftoverIn } from '../../prompt/leftover';
import { normaliseMentions } from '../../prompt/mentions';
import { storyboardPrompt, totalSeconds, type Shot } from '../../prompt/storyboard';
import { textOf, type Parameters } from '../parameters';

export interface Description {
	text: string;
	/** The text or its first scene, as it was entered. */
	title: string;
	/** The total duration of a storyboard. */
	seconds?: number;
}

/** In data, by the names that tables and models use. */
const SCENE_NAMES = ['scene', 'prompt', 'description', 'text'];
const SECONDS_NAMES = ['seconds', 'durationSeconds', 'duration_seconds', 'duration', 'length'];

/** A prompt or a scene. @throws {SoraFailure} invalid_input for text that cannot be one */
function usable(value: unknown, label: string): string {
	const text = textOf(value, label);
	if (!text) throw invalidInput(`"${label}" is empty`);
	const leftover = leftoverIn(text);
	if (!leftover) return text;
	throw invalidInput(
		`"${label}" contains ${leftover}: ${JSON.stringify(text.slice(0, 80))}`,
		'Check the expression, or the cell that it reads.',
	);
}

function shotOf(values: unknown, number: number): Shot {
	const first = (names: string[]): unknown =>
		names.map((name) => isRecord(values) && values[name]).find((value) => value || value === 0);
	const length = first(SECONDS_NAMES);
	const seconds = readSeconds(length);
	const scene = usable(first(SCENE_NAMES), `Scene, shot ${number}`);
	if (seconds !== undefined) return { seconds, scene };
	const label = `Duration (Seconds), shot ${number}`;
	throw invalidInput(
		`"${label}" must be a number of seconds greater than 0, but is ${textOf(length, label) || 'empty'}`,
	);
}

/** Data may come as JSON text, and from a language model between fences. */
function readList(value: unknown, label: string): unknown {
	const text = typeof value === 'string' ? value.replace(/^\s*```\w*|```\s*$/g, '') : '';
	if (!/^\s*\[\s*\{/.test(text)) return value;
	const list = parseJson(text);
	if (list !== undefined) return list;
	throw invalidInput(
		`"${label}" begins like a list of shots, but is not valid JSON`,
		`Check that it is complete, and has straight quotes: ${SHOTS}.`,
	);
}

const SHOTS = 'shots such as [{ "scene": "A boat", "seconds": 10 }]';

/** The shots under Options, or a list of them in place of the prompt; `undefined` if the prompt is one text. */
function shotsIn(p: Parameters): Shot[] | undefined {
	const read = (name: string) => readList(p.value(name), p.label(name));
	const [board, prompt] = [read('storyboard'), read('prompt')];
	if (board === undefined && !Array.isArray(prompt)) return undefined;
	const name = board === undefined ? 'prompt' : 'storyboard';
	if (board !== undefined && (Array.isArray(prompt) || p.text('prompt'))) {
		throw invalidInput(
			`"${p.label('prompt')}" and "${p.label('storyboard')}" are both filled in, but a video can have only one of them`,
			'Empty one of the two.',
		);
	}
	const list: unknown = isRecord(board) ? board.shot : (board ?? prompt);
	if (!Array.isArray(list) || !list.every(isRecord)) {
		throw invalidInput(`"${p.label(name)}" must be text, or a list of ${SHOTS}`);
	}
	if (list.length) return list.map((values, index) => shotOf(values, index + 1));
	throw invalidInput(`"${p.label(name)}" is empty: a storyboard has at least one shot`);
}

/** Mentions get spaces for models that have characters; for others an @ is ordinary text. */
export function descriptionIn(row: ModelRow, p: Parameters): Description {
	const write = row.hasCharacters ? normaliseMentions : (text: string) => text;
	const shots = shotsIn(p);
	if (!shots) {
		const title = usable(p.value('prompt'), p.label('prompt'));
		return { text: write(title), title };
	}
	const title = shots[0]?.scene ?? '';
	return { text: storyboardPrompt(shots, write), title, seconds: totalSeconds(shots) };
}
