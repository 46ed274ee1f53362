# FFmpeg's libraries as imported targets PkgConfig::AVFORMAT, AVCODEC, AVUTIL and SWRESAMPLE. The least versions are
# those of FFmpeg 5.1, the first with AVChannelLayout.
include_guard(GLOBAL)
find_package(PkgConfig REQUIRED)
pkg_check_modules(AVFORMAT REQUIRED IMPORTED_TARGET GLOBAL libavformat>=59.27)
pkg_check_modules(AVCODEC REQUIRED IMPORTED_TARGET GLOBAL libavcodec>=59.37)
pkg_check_modules(AVUTIL REQUIRED IMPORTED_TARGET GLOBAL libavutil>=57.28)
pkg_check_modules(SWRESAMPLE REQUIRED IMPORTED_TARGET GLOBAL libswresample>=4.7)
