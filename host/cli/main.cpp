#include "host/cli/commands.h"

int main(int argc, char** argv) { return juggler::run_program(argc, argv); }
