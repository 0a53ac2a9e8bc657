import { commentText } from '../../compile/header.ts';
import { modelFlags } from '../../native/flags.ts';
import type { NativeModel } from '../../native/model.ts';
import { nativeFiles } from '../../native/model.ts';

/** What the files of a project say of a model. */
export interface ProjectFacts {
  readonly model: NativeModel;
  /** The model's name as build systems take it: lower case letters, digits and underscores. */
  readonly identifier: string;
  /** The version of wick. */
  readonly version: string;
}

const sources = [nativeFiles.code, nativeFiles.weights];

/** The example's program: a model may be called as the library is, or as a target that CMake keeps for itself. */
const exampleOf = (identifier: string) => `${identifier}_example`;

/** `CMakeLists.txt`: the library `wick_model`, and its example where this is no part of another project. */
export const renderCmake = ({ identifier }: ProjectFacts): string =>
  `cmake_minimum_required(VERSION 3.16)
project(${identifier} C)

add_library(wick_model STATIC ${sources.map((file) => `src/${file}`).join(' ')})
target_include_directories(wick_model PUBLIC src)
set_target_properties(wick_model PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON)
# The fewest instructions on a Cortex-M4; other compilers do not know all of these.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  set_source_files_properties(src/${nativeFiles.code} PROPERTIES COMPILE_OPTIONS
    "${modelFlags.join(';')}")
endif()

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
  add_executable(${exampleOf(identifier)} examples/label/main.c)
  target_link_libraries(${exampleOf(identifier)} PRIVATE wick_model)
endif()
`;

/** `library.json` of PlatformIO. */
export const renderPlatformIo = ({ identifier, version, model }: ProjectFacts): string =>
  `${JSON.stringify(
    {
      name: identifier,
      version,
      description: describe(model),
      headers: nativeFiles.header,
      frameworks: '*',
      platforms: '*',
      build: { srcDir: 'src', includeDir: 'src', flags: modelFlags },
    },
    null,
    2,
  )}\n`;

/** `library.properties` of Arduino. */
export const renderArduino = ({ identifier, version, model }: ProjectFacts): string =>
  `name=${identifier}
version=${version}
author=wick
maintainer=wick
sentence=${describe(model)}
paragraph=Written by wick export --format c-project.
category=Data Processing
url=
architectures=*
includes=${nativeFiles.header}
`;

/** `zephyr/module.yml`. */
export const renderZephyrModule = ({ identifier }: ProjectFacts): string =>
  `name: "${identifier}"
build:
  cmake: zephyr
  kconfig: zephyr/Kconfig
`;

/** `zephyr/Kconfig`. What stands in `$(...)` there, in quotes too, is run by whoever reads it: a model's name must not. */
export const renderZephyrKconfig = ({ identifier, model }: ProjectFacts): string =>
  `config ${configOf(identifier)}
	bool "${describe(model).replaceAll(/["$]/g, '_')}"
	default y
`;

/** `zephyr/CMakeLists.txt`. */
export const renderZephyrCmake = ({ identifier }: ProjectFacts): string =>
  `if(CONFIG_${configOf(identifier)})
  zephyr_library_named(${identifier})
  zephyr_library_sources(${sources.map((file) => `../src/${file}`).join(' ')})
  zephyr_include_directories(../src)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set_source_files_properties(../src/${nativeFiles.code} PROPERTIES COMPILE_OPTIONS
      "${modelFlags.join(';')}")
  endif()
endif()
`;

const configOf = (identifier: string) => `WICK_${identifier.toUpperCase()}`;

function describe({ description, weights, memoryBytes }: NativeModel): string {
  return `${commentText(description.name)}: an int8 network, ${weights.length} bytes of weights, ${memoryBytes} bytes of RAM`;
}
