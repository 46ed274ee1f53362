#include "sample_library/styles.h"

#include <iterator>
#include <utility>

namespace resonance::sample_library {

std::vector<Piece> all_pieces() {
  std::vector<Piece> all;
  for (auto* const pieces :
       {chamber_pieces, jazz_pieces, rock_pieces, ambient_pieces, house_pieces, folk_pieces}) {
    std::vector<Piece> style = pieces();
    all.insert(all.end(), std::make_move_iterator(style.begin()), std::make_move_iterator(style.end()));
  }
  return all;
}

}  // namespace resonance::sample_library
