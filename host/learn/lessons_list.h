// What each lesson runs.
#pragma once

#include "host/learn/lesson.h"

namespace juggler {

// host/learn/arrangements.cpp
LessonResult learn_overlap();
LessonResult learn_parallel();
LessonResult learn_io_or_cpu();
LessonResult learn_async();
LessonResult learn_one_frame();
// host/learn/counters.cpp
LessonResult learn_race();
LessonResult learn_sharing();
// host/learn/threads.cpp
LessonResult learn_too_many();
LessonResult learn_amdahl();
// host/learn/divergence.cpp
LessonResult learn_divergence();

} // namespace juggler
