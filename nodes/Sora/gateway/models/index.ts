/**
 * What is known of the models: one row each. The rows make the fields on offer, the check, the body, the list to choose
 * from, the documentation and the tests. No model's ID is anywhere else.
 */
export {
	either,
	inRoleOrder,
	judge,
	rolesInOrder,
	secondsOnOffer,
	type Given,
	type ImageCounts,
	type Judgement,
	type Labels,
} from './judge';
export {
	isOfAnotherRoute,
	listEntry,
	looksLikeVideoModel,
	modelList,
	summaryOf,
	videoModelList,
	videoModelsAmong,
	type ListEntry,
} from './list';
export {
	modelsWith,
	modelsWithoutRow,
	modelsWithRoles,
	variantsOf,
	type IdRange,
	type Scope,
} from './scopes';
export { patienceMinutes, type RenderKind } from './render';
export { FIELD_NAMES, FIELDS, offers } from './row';
export type { FieldKey, FieldName, ImageRole, Images, ModelField, ModelRow, Rule } from './row';
export { listedEntries, listedRow, unlistedRow } from './listedModels';
export { rowOf, ROWS, STANDARD_ROW } from './rows';
export { isBlank, readSeconds, readSwitch } from './spelling';
export { videosRow } from './videosRows';
