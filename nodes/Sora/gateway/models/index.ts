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
	type Verdict,
} from './judge';
export { HD_MODEL_IDS, modelRow, MODELS, SORA_MODEL_IDS } from './legacy';
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
	modelsPattern,
	storyboardPattern,
	variantsOf,
	type Choice,
	type Variant,
} from './patterns';
export { isGuessedRenderTime, patienceMinutes, typicalRenderMs, type RenderKind } from './render';
export type { FieldKey, FieldName, ImageRole, ModelField, ModelRow, Value } from './row';
export { rowOf, ROWS } from './rows';
export { secondsOnOffer } from './words';
