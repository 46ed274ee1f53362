# Language level, warnings, sanitizers and ccache, the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
# What programs load when they need it (core/shared_library.h) lies in ../lib beside them, built or installed.
list(APPEND CMAKE_BUILD_RPATH "$ORIGIN/../lib")
list(APPEND CMAKE_INSTALL_RPATH "$ORIGIN/../lib")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache needs to cache what uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      "${CCACHE_PROGRAM}")
endif()

# What every target of ours compiles with; vendors' headers come in as SYSTEM and are not judged.
add_library(resonance_options INTERFACE)
target_compile_options(resonance_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough -Wunused)
if(RESONANCE_WARNINGS_AS_ERRORS)
  target_compile_options(resonance_options INTERFACE -Werror)
endif()
if(RESONANCE_SANITIZE)
  target_compile_options(resonance_options INTERFACE -fsanitize=${RESONANCE_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  # Their dlopen() stands before the system's, which then takes their library for who asks: its RUNPATH would count, and
  # not the program's. The program's RPATH counts for all.
  target_link_options(resonance_options INTERFACE -fsanitize=${RESONANCE_SANITIZE} -Wl,--disable-new-dtags)
endif()
target_include_directories(resonance_options INTERFACE "${PROJECT_SOURCE_DIR}/src")
