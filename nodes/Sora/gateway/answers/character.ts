/** A character, or what there is of it as yet, wherever the gateway puts it. */
import { isError, readComplaint } from './complaint';
import { idOf } from './ids';
import { absolute } from './links';
import { phaseOfStatus, type TaskPhase } from './statusWords';
import { readTask } from './task';
import { find, named, textOf, viewOf } from './view';

export interface Character {
	/** Empty where the gateway gives none, or none yet. */
	id: string;
	/** Without the @; empty where the gateway gives none, or none yet. */
	username: string;
	permalink: string | null;
	profilePictureUrl: string | null;
	/** A character that has a name, or of which nothing is said, is there when the answer is. */
	phase: TaskPhase;
	/** Of the task that makes it, where the gateway answers with one; empty as a rule. */
	taskId: string;
}

const USERNAME = named(
	/^(?:character |cameo )?user ?name$/,
	/^(?:character|cameo) (?:name|handle)$/,
	/^handle$/,
	/^name$/,
	/^(?:result|character|cameo|data|output)$/,
);
const CHARACTER_ID = named(/^(?:character|cameo) id$/, /^id$/, /^(?:result|character|cameo|data)$/);
const HAS_ID_PREFIX = /^(?:ch|char|character|cameo)[_-]/;

function usernameIn(value: unknown): string | undefined {
	const name = textOf(value).replace(/^@/, '');
	return /^[^\s@:/]{2,500}$/.test(name) && !HAS_ID_PREFIX.test(name) ? name : undefined;
}

const addressIn = (value: unknown) => absolute(textOf(value), undefined);

/** @returns `undefined` where the answer holds neither a name nor an ID, or reports an error */
export function readCharacter(answer: unknown): Character | undefined {
	const root = viewOf(answer);
	if (!root || isError(root) || readComplaint(answer)) return undefined;
	const parts = root.all;
	const taskId = find(parts, named(/^task id$/), idOf) ?? '';
	const username = find(parts, USERNAME, usernameIn) ?? '';
	const id = find(parts, CHARACTER_ID, (value, { words }) => {
		const found = idOf(value) ?? '';
		return found && (/id$/.test(words) || HAS_ID_PREFIX.test(found)) ? found : undefined;
	});
	if (!username && !id && !taskId) return undefined;
	const phase = phaseOfStatus(readTask(answer, '')?.status ?? '');
	const isThere = username ? phase !== 'running' : !taskId && phase === undefined;
	return {
		id: !id || id === taskId ? '' : id,
		username,
		permalink: find(parts, named(/perma ?link/, /profile url|share/), addressIn) ?? null,
		profilePictureUrl:
			find(parts, named(/^profile (?:picture|image|photo)|avatar/), addressIn) ?? null,
		phase: isThere ? 'succeeded' : (phase ?? 'running'),
		taskId,
	};
}
