import { FIELDS, offers } from './fields';
import type { Objection } from './judge';
import type { FieldKey, FieldName, ModelRow, Rule } from './row';
import { ROWS } from './rows';
import { either, secondsOnOffer } from './words';

/** What the fields are called where the user sees them. */
export type Labels = Readonly<Record<FieldKey, string>>;

const SUGGESTIONS = 3;

const isField = (key: Objection['field']): key is FieldName => key in FIELDS;
const listOf = (name: FieldName, choices: readonly string[]) =>
	FIELDS[name].kind === 'seconds' ? secondsOnOffer(choices) : either(choices);
const quoted = (key: FieldKey, labels: Labels) => `"${labels[key]}"`;

function given({ field, value }: Objection): string {
	if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
	const isPlain = typeof value !== 'string' || (isField(field) && FIELDS[field].kind === 'seconds');
	const text = isPlain ? String(value) : JSON.stringify(value);
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function howToLeave(key: FieldKey): string {
	if (!isField(key)) return 'leave it out';
	const { kind, resting } = FIELDS[key];
	if (kind === 'flag') return resting === true ? 'leave it on' : 'turn it off';
	return resting === undefined ? 'leave it empty' : `leave it at ${String(resting)}`;
}

function lacking(row: ModelRow, key: FieldKey, labels: Labels, verb: string): string {
	const others = ROWS.filter((other) => other.listed && offers(other, key))
		.slice(0, SUGGESTIONS)
		.map(({ name }) => name);
	const why =
		key === 'duration' && row.fixedSeconds !== undefined
			? `, whose videos are ${row.fixedSeconds} seconds long`
			: '';
	return `${quoted(key, labels)} is not ${verb} ${row.name}${why}: ${howToLeave(key)}, or choose a model that has it, such as ${either(others)}`;
}

const TYPES = {
	flag: 'true or false',
	number: 'a number',
	seconds: 'a number of seconds',
	word: 'text',
	text: 'text',
};

function typeOf(row: ModelRow, name: FieldName): string {
	const isWhole = row.fields[name]?.type === 'integer';
	return isWhole
		? TYPES[FIELDS[name].kind].replace('a number', 'a whole number')
		: TYPES[FIELDS[name].kind];
}

function ruleBroken(objection: Objection, rule: Rule, labels: Labels, must: string): string {
	const { row } = objection;
	const { when, then, because } = rule;
	const label = quoted(then.field, labels);
	const isFlag = FIELDS[then.field].kind === 'flag';
	const others = (row.fields[when.field]?.choices ?? []).filter(
		(choice) => !when.oneOf?.includes(choice) && !(Number(choice) > (when.above ?? Infinity)),
	);
	const instead = `choose ${listOf(when.field, others)}`;
	if (because) return `${label} ${because}: ${isFlag ? 'turn it off' : 'change it'}, or ${instead}`;
	const wanted = listOf(then.field, (then.oneOf ?? []).map(String));
	const where =
		when.above === undefined
			? `is ${listOf(when.field, (when.oneOf ?? []).map(String))}`
			: `is more than ${listOf(when.field, [String(when.above)])}`;
	return `${label} ${must} be ${wanted} for ${row.name} where ${quoted(when.field, labels)} ${where}, but is ${given(objection)}`;
}

function noSize({ field, row, at, value }: Objection, labels: Labels): string {
	const { sizes = {}, others = {} } = row.size ?? {};
	const offered = Object.keys(at === undefined ? sizes : (sizes[at] ?? others[at] ?? {}));
	const where = at === undefined ? '' : ` at ${at}`;
	return `${quoted(field as FieldName, labels)} must be ${either(offered)} for ${row.name}${where}, but is ${String(value)}`;
}

function wrongCount({ row, value, reason }: Objection, labels: Labels): string {
	const { roles, min, max } = row.images;
	if (reason === 'tooFew') {
		const [role = 'reference'] = roles;
		if (role === 'reference')
			return `${row.name} needs ${quoted(role, labels)}: at least ${min}, but ${String(value) === '0' ? 'none is' : `${String(value)} are`} given`;
		return `${row.name} needs ${roles
			.slice(0, min)
			.map((one) => quoted(one, labels))
			.join(' and ')}`;
	}
	const given = value === 1 ? '1 image is given' : `${String(value)} images are given`;
	return max === 0
		? `${given}, and ${row.name} makes videos from text alone`
		: `${given}, and the gateway takes ${max} at most for ${row.name}`;
}

function told(objection: Objection, labels: Labels, isSure: boolean): string {
	const { field, reason, row, rule } = objection;
	const must = isSure ? 'must' : 'should';
	if (field === 'images') return wrongCount(objection, labels);
	if (reason === 'lacking') return lacking(row, field, labels, isSure ? 'offered by' : 'known of');
	if (reason === 'order') {
		return `${quoted(field, labels)} needs ${quoted('firstFrame', labels)}: without one it would become the first`;
	}
	if (reason === 'size') return noSize(objection, labels);
	if (rule) return ruleBroken(objection, rule, labels, must);
	const name = field as FieldName;
	const { choices = [], min, max } = row.fields[name] ?? {};
	const wanted =
		reason === 'type'
			? typeOf(row, name)
			: reason === 'range'
				? `${min} to ${max}`
				: listOf(name, choices);
	return `${quoted(name, labels)} ${must} be ${wanted} for ${row.name}, but is ${given(objection)}`;
}

/** Why a setting is refused, naming the field as the user knows it and what to do. */
export const refusal = (objection: Objection, labels: Labels) => told(objection, labels, true);

/** A line for the log, about a setting that is sent although nobody is known to have tried it. */
export const doubt = (objection: Objection, labels: Labels) =>
	`${told(objection, labels, false)}. It is sent all the same`;
