# Target resonance_onnxruntime: headers of ONNX Runtime. The library is not linked: it is 22 MB that a search by track
# never needs, so src/resonance/embedding loads it when a model is opened. It is looked for beside the program
# (../lib), and then where the system keeps libraries.
set(_onnxruntime_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _onnxruntime_cache)
  set(_onnxruntime_cache "$ENV{HOME}/.cache")
endif()
file(GLOB _onnxruntime_roots "${_onnxruntime_cache}/resonance/onnxruntime-*-${CMAKE_HOST_SYSTEM_PROCESSOR}")
list(SORT _onnxruntime_roots COMPARE NATURAL ORDER DESCENDING)
set(RESONANCE_ONNXRUNTIME_ROOT "" CACHE PATH "An ONNX Runtime to use instead: a folder with include/ and lib/")

find_path(RESONANCE_ONNXRUNTIME_INCLUDE onnxruntime_cxx_api.h
  HINTS ${RESONANCE_ONNXRUNTIME_ROOT} ${_onnxruntime_roots}
  PATH_SUFFIXES include include/onnxruntime onnxruntime REQUIRED)
find_library(RESONANCE_ONNXRUNTIME_LIBRARY NAMES libonnxruntime.so.1 onnxruntime
  HINTS ${RESONANCE_ONNXRUNTIME_ROOT} ${_onnxruntime_roots} PATH_SUFFIXES lib REQUIRED)

add_library(resonance_onnxruntime INTERFACE IMPORTED)
target_include_directories(resonance_onnxruntime INTERFACE "${RESONANCE_ONNXRUNTIME_INCLUDE}")
target_link_libraries(resonance_onnxruntime INTERFACE ${CMAKE_DL_LIBS})
target_compile_definitions(resonance_onnxruntime INTERFACE ORT_API_MANUAL_INIT)

# Beside the program, so that a build folder works by itself and may be moved.
file(REAL_PATH "${RESONANCE_ONNXRUNTIME_LIBRARY}" _onnxruntime_file)
configure_file("${_onnxruntime_file}" "${CMAKE_BINARY_DIR}/lib/libonnxruntime.so.1" COPYONLY)
install(FILES "${CMAKE_BINARY_DIR}/lib/libonnxruntime.so.1" DESTINATION lib)
message(STATUS "ONNX Runtime: ${_onnxruntime_file}")
