/**
 * What is known of the models: one row each. From the rows come the fields on offer, the check, the body, the list
 * to choose from, the render time, the documentation and the tests. No model's ID stands anywhere else.
 */
export { doubt, refusal, type Labels } from './explain';
export { FIELD_NAMES, FIELDS, offers } from './fields';
export {
	inRoleOrder,
	judge,
	modelFields,
	type Given,
	type ImageCounts,
	type Objection,
	type Judgement,
} from './judge';
export {
	isOfAnotherRoute,
	listEntry,
	looksLikeVideoModel,
	modelList,
	summaryOf,
	videoModelsAmong,
	type ListEntry,
} from './list';
export {
	modelsWith,
	modelsWithImages,
	unknownModels,
	variantsOf,
	type Choice,
	type IdRange,
	type Scope,
	type Variant,
} from './scopes';
export { isGuessedRenderTime, patienceMinutes, typicalRenderMs, type RenderKind } from './render';
export type {
	FieldKey,
	FieldName,
	ImageRole,
	Images,
	ModelField,
	ModelRow,
	Rule,
	Value,
} from './row';
export { rowOf, ROWS, STANDARD_ROW } from './rows';
export { secondsOnOffer } from './words';
