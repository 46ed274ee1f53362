# resonance_test(LAYER SOURCES...): one test program a layer, every case registered with CTest by name.
find_package(GTest REQUIRED)
include(GoogleTest)

add_custom_target(test_programs)  # all that resonance_test() makes

function(resonance_test name)
  cmake_parse_arguments(ARG "OWN_PRECOMPILED_HEADER" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE resonance_options resonance_test_support ${ARG_LIBRARIES}
    GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(test_${name} PRIVATE RESONANCE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    RESONANCE_BINARY_DIR="${PROJECT_BINARY_DIR}")
  # Most of a test's compile time is GoogleTest's headers.
  if(NOT ARG_OWN_PRECOMPILED_HEADER)
    target_precompile_headers(test_${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # GCC 12 sees overflows in std::string that are none (its bug 105329)
    target_compile_options(test_${name} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict)
  endif()
  add_dependencies(test_programs test_${name})
  # On a machine that others use too, OpenMP's threads would spend their time waiting for each other.
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${name}" ENVIRONMENT "OMP_WAIT_POLICY=PASSIVE")
endfunction()
