# Requirements as this system has them (Debian 12: libeigen3-dev libxtensor-dev nlohmann-json3-dev zlib1g-dev libjpeg-dev
# libpng-dev libopenblas-dev), so that no remote is asked. scripts/package.sh uses it.
include(default)

[settings]
compiler.cppstd=20

[platform_requires]
eigen/3.4.0
xtensor/0.24.3
nlohmann_json/3.11.2
zlib/1.2.13
libjpeg-turbo/2.1.5
libpng/1.6.39
openblas/0.3.21
