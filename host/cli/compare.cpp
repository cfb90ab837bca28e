#include "host/cli/commands.h"
#include "host/cli/contest_setup.h"
#include "host/cli/streams.h"

#include <nlohmann/json.hpp>

namespace juggler {

Exit compare(const CompareOptions& options, const Context& context) {
    const ContestRecord record = run_contest(options, context.quiet);
    if (options.json)
        print(contest_json(record).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
              "\n");
    else
        print(options.markdown ? contest_markdown(record) : contest_text(record));
    return record.contest.identical() ? Exit::done : Exit::differ;
}

} // namespace juggler
