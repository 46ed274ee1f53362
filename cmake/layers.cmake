# One folder = one target = one namespace. A layer says once which layers and which vendors' headers it may
# use; the same call feeds the build and the include check (tests/layers), so the two cannot disagree.
#
#   resonance_layer(NAME
#     SOURCES files...
#     DEPENDS layers...           other layers of ours, public
#     HEADERS layers...           others of which it uses headers alone, being what they load
#     LIBRARIES targets...        vendors' targets, private
#     INCLUDES patterns...)       regular expressions of the vendor headers that belong to this layer, matched from
#                                 the first letter; tools/check_layers has the rules
set_property(GLOBAL PROPERTY RESONANCE_LAYER_RULES "")

function(resonance_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;HEADERS;LIBRARIES;INCLUDES" ${ARGN})
  add_library(resonance_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(resonance_${name} PUBLIC resonance_options)
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(resonance_${name} PUBLIC resonance_${dependency})
  endforeach()
  target_link_libraries(resonance_${name} PRIVATE ${ARG_LIBRARIES})
  set(depends ${ARG_DEPENDS} ${ARG_HEADERS})
  string(REPLACE ";" "," depends "${depends}")
  string(REPLACE ";" "," includes "${ARG_INCLUDES}")
  set_property(GLOBAL APPEND PROPERTY RESONANCE_LAYER_RULES "${name}|${depends}|${includes}")
endfunction()

# A part of the program that is loaded when it is needed (core/shared_library.h): libresonance-NAME.so, made of a layer
# and of sources that define what it exports; what the layer is made of stays inside.
#
#   resonance_library(NAME LAYER layer SOURCES files...)
function(resonance_library name)
  cmake_parse_arguments(ARG "" "LAYER" "SOURCES" ${ARGN})
  add_library(resonance-${name} MODULE ${ARG_SOURCES})
  target_link_libraries(resonance-${name} PRIVATE resonance_options resonance_${ARG_LAYER})
  target_link_options(resonance-${name} PRIVATE -Wl,--exclude-libs,ALL)
  set_target_properties(resonance-${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  install(TARGETS resonance-${name} LIBRARY DESTINATION lib)
endfunction()

# Vendor headers that may belong to several layers, each of which names them; any other belongs to one.
function(resonance_shared_includes)
  string(REPLACE ";" "," includes "${ARGN}")
  set_property(GLOBAL APPEND PROPERTY RESONANCE_LAYER_RULES "shared||${includes}")
endfunction()

# Writes the rules where the include check reads them.
function(check_layers)
  get_property(rules GLOBAL PROPERTY RESONANCE_LAYER_RULES)
  list(JOIN rules "\n" text)
  file(WRITE "${CMAKE_BINARY_DIR}/layers.txt" "${text}\n")
endfunction()
