# One folder = one target = one namespace. A layer says once which layers and which vendors' headers it may
# use; the same call feeds the build and the include check (tests/layers), so the two cannot disagree.
#
#   resonance_layer(NAME
#     SOURCES files...
#     DEPENDS layers...           other layers of ours, public
#     LIBRARIES targets...        vendors' targets, private
#     INCLUDES patterns...)       regular expressions of the vendor headers that belong to this layer, matched from
#                                 the first letter; tools/check_layers has the rules
set_property(GLOBAL PROPERTY RESONANCE_LAYER_RULES "")

function(resonance_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES;INCLUDES" ${ARGN})
  add_library(resonance_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(resonance_${name} PUBLIC resonance_options)
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(resonance_${name} PUBLIC resonance_${dependency})
  endforeach()
  target_link_libraries(resonance_${name} PRIVATE ${ARG_LIBRARIES})
  string(REPLACE ";" "," depends "${ARG_DEPENDS}")
  string(REPLACE ";" "," includes "${ARG_INCLUDES}")
  set_property(GLOBAL APPEND PROPERTY RESONANCE_LAYER_RULES "${name}|${depends}|${includes}")
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
