# Target resonance_faiss: the FAISS that tools/setup built for this CPU, or else the system's.
set(_faiss_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _faiss_cache)
  set(_faiss_cache "$ENV{HOME}/.cache")
endif()

# A library of AVX2 code in a cache that several machines share must not reach one without AVX2.
set(_faiss_roots "")
if(EXISTS /proc/cpuinfo)
  file(STRINGS /proc/cpuinfo _flags REGEX "^flags.* avx2( |$)" LIMIT_COUNT 1)
  if(_flags)
    file(GLOB _faiss_roots "${_faiss_cache}/resonance/faiss-*-avx2-${CMAKE_HOST_SYSTEM_PROCESSOR}")
    list(SORT _faiss_roots COMPARE NATURAL ORDER DESCENDING)
  endif()
endif()
set(RESONANCE_FAISS_ROOT "" CACHE PATH "A FAISS to use instead: a folder with include/ and lib/")

find_library(RESONANCE_FAISS_LIBRARY NAMES faiss_avx2 faiss
  HINTS ${RESONANCE_FAISS_ROOT} ${_faiss_roots} PATH_SUFFIXES lib REQUIRED)
find_path(RESONANCE_FAISS_INCLUDE faiss/IndexFlat.h
  HINTS ${RESONANCE_FAISS_ROOT} ${_faiss_roots} PATH_SUFFIXES include REQUIRED)

# OpenBLAS in its OpenMP flavour shares FAISS's pool of threads; any other BLAS and LAPACK will do.
find_library(RESONANCE_OPENBLAS openblas
  PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp" NO_DEFAULT_PATH)
if(RESONANCE_OPENBLAS)
  set(_blas "${RESONANCE_OPENBLAS}")
else()
  find_package(LAPACK REQUIRED)
  set(_blas LAPACK::LAPACK)
endif()

# GCC's OpenMP runtime under either compiler: FAISS was built against it, and two runtimes in one program fight.
add_library(resonance_faiss INTERFACE IMPORTED)
target_include_directories(resonance_faiss INTERFACE "${RESONANCE_FAISS_INCLUDE}")
target_link_libraries(resonance_faiss INTERFACE "${RESONANCE_FAISS_LIBRARY}" "${_blas}" gomp)
message(STATUS "FAISS: ${RESONANCE_FAISS_LIBRARY}")
