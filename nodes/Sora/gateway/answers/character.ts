/** A character, finished or not, wherever the gateway puts it. */
import { isError, readComplaint } from './complaint';
import { idOf } from './ids';
import { absolute } from './links';
import { phaseOfStatus, type TaskPhase } from './statusWords';
import { readTask } from './task';
import { find, named, textOf, viewOf } from './view';

export interface Character {
	/** Empty if the gateway gives none, or none yet. */
	id: string;
	/** Without the @; empty if the gateway gives none, or none yet. */
	username: string;
	permalink: string | null;
	profilePictureUrl: string | null;
	/** Succeeded if the character has a name, or the answer says nothing about its state. */
	phase: TaskPhase;
	/** The task that makes it, if the gateway answers with one; usually empty. */
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

/** @returns `undefined` if the answer has neither a name nor an ID, or reports an error */
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
