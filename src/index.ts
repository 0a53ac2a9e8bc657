// The package entry: every verb of the CLI as a function, and what they take and give.
export { type CompiledModel, type CompileOptions, compile } from './compile/compile.ts';
export type {
  BufferDescription,
  DebugDescription,
  LayerDescription,
  ModelDescription,
  ModuleDescription,
  PortDescription,
  StreamDescription,
  TensorDescription,
  WeightBinding,
} from './compile/description.ts';
export type { Dataset, Samples } from './data/dataset.ts';
export { type Idx, readIdx, writeIdx } from './data/idx.ts';
export { type DatasetSource, loadDataset } from './data/load.ts';
export { type ImageShape, readPng, writePng } from './data/png.ts';
export { sampleAt, selectIndices, subset } from './data/select.ts';
export { shiftImages } from './data/shift.ts';
export { type DemoEvents, type DemoSummary, demo } from './demo.ts';
export { benchDevice, type DeviceBench, type LayerBench } from './device/bench.ts';
export type { Timing } from './device/client.ts';
export {
  type Device,
  type DeviceStatistics,
  openDevice,
  openDevice as device,
  type SelfTest,
} from './device/device.ts';
export { type EmulatorTransport, startEmulator } from './device/emulator.ts';
export { type HostModel, openHostModel } from './device/host-model.ts';
export type { DeviceIdentity } from './device/identity.ts';
export { type InputSeries, inputsOfFile, inputsOfSamples } from './device/samples.ts';
export { openSerial } from './device/serial.ts';
export type { Transport, TransportListener } from './device/transport.ts';
export { type DeviceVerification, verifyDevice } from './device/verify.ts';
export { type Problem, WickError } from './errors.ts';
export { type ComparisonRow, compare } from './evaluate/compare.ts';
export { openDebug } from './evaluate/debug.ts';
export { evaluate, evaluate as eval, type ModelEvaluation } from './evaluate/evaluate.ts';
export type { Evaluation } from './evaluate/metrics.ts';
export { type Classifier, type OpenedModel, openModel } from './evaluate/open.ts';
export { type LayerProfile, type Profile, profile } from './evaluate/profile.ts';
export { type Verification, verify } from './evaluate/verify.ts';
export { type ExportFormat, type ExportOptions, exportModel as export } from './export/export.ts';
export { exportTflite } from './export/tflite/export.ts';
export { type Board, readBoard, readBoards } from './firmware/boards.ts';
export {
  type BuildOptions,
  buildFirmware as firmware,
  type FirmwareDescription,
} from './firmware/build.ts';
export { type Doctor, examine as doctor } from './firmware/doctor.ts';
export { type FlashPlan, type FlashTool, flash, planFlash } from './flash/flash.ts';
export { loadGraph, saveGraph } from './graph/files.ts';
export type {
  ActivationData,
  Attributes,
  DType,
  Graph,
  IoType,
  IoTypes,
  Node,
  Quantization,
  Tensor,
} from './graph/types.ts';
export { importModel as import, openGraph } from './import/open-graph.ts';
export { type ImportedModel, importTflite } from './import/tflite/import.ts';
export { type Config, defineConfig, type Project, resolveProject } from './project.ts';
export { type QuantizeOptions, quantize } from './quantize/quantize.ts';
export { type ReportOptions, report } from './report/build-report.ts';
export { loadModelFile } from './runtime/load-file.ts';
export { type LoadedModel, loadModel, readDescription } from './runtime/model.ts';
export { createReference, type ReferenceRun } from './runtime/reference.ts';
export {
  type Answer,
  type ClassScore,
  givesOneValue,
  run,
  runValue,
  type ValueAnswer,
} from './runtime/run.ts';
export { type DebugModel, type TappedTensor, tap, writeTap } from './runtime/tap.ts';
export type { TrainHistory } from './train/history.ts';
export type { Layer, LayerOf, LayerSettings } from './train/layer-schema.ts';
export {
  buildGraph,
  conv2d,
  dense,
  flatten,
  maxPool2d,
  type NetworkDescription,
  relu,
} from './train/layers.ts';
export type { Optimizer } from './train/optimizer.ts';
export { presets } from './train/presets.ts';
export { evaluateFloat, type TrainOptions, type TrainProgress, train } from './train/train.ts';
