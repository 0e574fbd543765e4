/**
 * What is known of the models: one row each. The rows make the fields on offer, the check, the body, the list to choose
 * from, the documentation and the tests. No model's ID is anywhere else.
 */
export {
	inRoleOrder,
	judge,
	rolesInOrder,
	secondsOnOffer,
	type Given,
	type ImageCounts,
	type Labels,
} from './judge';
export {
	looksLikeVideoModel,
	modelList,
	summaryOf,
	videoModelList,
	videoModelsAmong,
	type ListEntry,
} from './list';
export * from './scopes';
export * from './row';
export { listedEntries, listedRow, unlistedRow } from './listedModels';
export { rowOf, ROWS, STANDARD_ROW } from './rows';
export { isBlank, readSeconds, readSwitch, shown } from './spelling';
export { videosRow } from './videosRows';
