// The formulas of formulas.h for Vec: its vocabulary is vec.h and vec_math.h.
#pragma once

#include "../formulas.h"
#include "vec_math.h"
