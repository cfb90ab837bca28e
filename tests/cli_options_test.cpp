// The command line as values.
#include "host/cli/help.h"
#include "host/cli/options.h"

#include <gtest/gtest.h>

#include <sstream>

namespace juggler {
namespace {

CommandLine parse(const std::string& text, const Environment& environment = {}) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return parse_command_line(words, environment);
}
RenderOptions render(const std::string& text) { return parse("render s.json " + text).render; }

std::string refusal(const std::string& text) {
    try {
        (void)parse(text);
    } catch (const UsageError& e) {
        EXPECT_EQ(e.exit(), Exit::usage);
        return e.what();
    }
    return "";
}

TEST(Options, DefaultsAreThoseOfTheHelp) {
    const RenderOptions o = render("");
    EXPECT_EQ(o.scene, "s.json");
    EXPECT_EQ(o.backend, "auto");
    EXPECT_EQ(o.threads, 0u);
    EXPECT_EQ(o.png_effort, 1);
    EXPECT_EQ(o.format, PictureFormat::png);
    EXPECT_TRUE(o.default_name);
    EXPECT_EQ(o.output.name(1), "s.png");
    EXPECT_FALSE(o.spp || o.size || o.crop || o.eye || o.tone_map || o.exposure);
}

TEST(Options, HowAPictureIsLitAndFinished) {
    const RenderOptions o = render("--env sky.hdr --env-rotate -30 --env-strength 0.5 --noise 0.01 "
                                   "--denoise --filter blackman-harris --turntable 12 "
                                   "--layers color,depth,albedo,depth -o f_####.exr");
    EXPECT_EQ(o.env, "sky.hdr");
    EXPECT_EQ(o.env_rotate_deg, -30);
    EXPECT_EQ(o.env_strength, 0.5f);
    EXPECT_EQ(o.noise, 0.01);
    EXPECT_TRUE(o.denoise);
    EXPECT_EQ(o.filter, filter_blackman_harris);
    EXPECT_EQ(o.turntable, 12u);
    EXPECT_EQ(o.layers, (std::vector<Layer>{Layer::albedo, Layer::depth}));
}

TEST(Options, EveryOptionIsRead) {
    const RenderOptions o = render(
        "-f 1-3 --camera main --eye -1,2.5,3 --look-at 0,0,-1e2 --fov 35 --size 320x200 "
        "--scale 50 --crop 0,10,20,30 --set /a=1 --set /b/c=[1,2] --sky none -s 16 --max-depth 3 "
        "--seed 7 --quick -b omp -t 4 -o out/f_####.png --format png16 --tonemap reinhard "
        "--exposure -1.5 --png-effort 9 --no-clobber --show=kitty --progress json "
        "--stats st.json --no-light-sampling");
    EXPECT_EQ(o.frames.ranges, (std::vector<FrameList::Range>{{1, 3, 1}}));
    EXPECT_EQ(o.camera, "main");
    EXPECT_EQ(o.eye, (std::array<double, 3>{-1, 2.5, 3}));
    EXPECT_EQ(o.look_at, (std::array<double, 3>{0, 0, -100}));
    EXPECT_EQ(o.fov_deg, 35);
    EXPECT_EQ(o.size->width, 320u);
    EXPECT_EQ(o.size->height, 200u);
    EXPECT_EQ(o.scale, 0.5);
    EXPECT_FALSE(o.crop->fractions);
    EXPECT_EQ(o.crop->edges, (std::array<double, 4>{0, 10, 20, 30}));
    EXPECT_EQ(o.set, (std::vector<std::string>{"/a=1", "/b/c=[1,2]"}));
    EXPECT_TRUE(o.no_sky);
    EXPECT_EQ(o.spp, 16u);
    EXPECT_EQ(o.max_depth, 3u);
    EXPECT_EQ(o.seed, 7u);
    EXPECT_TRUE(o.quick);
    EXPECT_EQ(o.backend, "omp");
    EXPECT_EQ(o.threads, 4u);
    EXPECT_EQ(o.output.name(2), "out/f_0002.png");
    EXPECT_EQ(o.format, PictureFormat::png16);
    EXPECT_EQ(o.tone_map, ToneMap::reinhard);
    EXPECT_EQ(o.exposure, -1.5f);
    EXPECT_EQ(o.png_effort, 9);
    EXPECT_TRUE(o.no_clobber);
    EXPECT_EQ(o.show, ShowHow::kitty);
    EXPECT_EQ(o.progress, ProgressHow::json);
    EXPECT_EQ(o.stats, "st.json");
    EXPECT_TRUE(o.no_light_sampling);
}

TEST(Options, OrderDoesNotMatterAndTheLastWins) {
    EXPECT_EQ(parse("render -s 3 s.json -s 5").render.spp, 5u);
    EXPECT_EQ(parse("-q render -s 3 s.json").render.scene, "s.json");
    EXPECT_TRUE(parse("render s.json -q").quiet);
    EXPECT_TRUE(parse("-q render s.json").quiet);
    EXPECT_EQ(parse("render s.json -v -v").verbosity, 2);
}

TEST(Options, MemoryHasUnits) {
    EXPECT_EQ(render("--max-memory 8G").max_memory, uint64_t(8) << 30);
    EXPECT_EQ(render("--max-memory 1.5M").max_memory, uint64_t(3) << 19);
    EXPECT_EQ(render("--max-memory 100K").max_memory, 102400u);
    EXPECT_EQ(render("--max-memory 2T").max_memory, uint64_t(2) << 40);
    EXPECT_FALSE(render("").max_memory);
}

TEST(Options, ColorAndLogAreForEveryCommand) {
    EXPECT_EQ(parse("render s.json").color, ColorHow::automatic);
    EXPECT_EQ(parse("--color never render s.json").color, ColorHow::never);
    EXPECT_EQ(parse("check s.json --color always").color, ColorHow::always);
    EXPECT_EQ(parse("devices --log-file d.log").log_file, "d.log");
}

TEST(Options, ADashIsTheSceneOnStandardInput) {
    const RenderOptions o = parse("render -").render;
    EXPECT_EQ(o.scene, "-");
    EXPECT_EQ(o.output.name(1), "stdin.png");
    EXPECT_EQ(parse("check - --json").check.scene, "-");
}

TEST(Options, ABareShowTakesNoWord) {
    const RenderOptions o = parse("render --show s.json").render;
    EXPECT_EQ(o.scene, "s.json");
    EXPECT_EQ(o.show, ShowHow::automatic);
    EXPECT_EQ(render("--show").show, ShowHow::automatic);
    EXPECT_EQ(parse("show a.png --show blocks").show.how, ShowHow::blocks);
}

TEST(Options, WrongLinesAreRefused) {
    for (const char* text : {"render",
                             "render a.json b.json",
                             "render s.json --what",
                             "render s.json --size 0x0",
                             "render s.json --size 64",
                             "render s.json --size axb",
                             "render s.json --size -1x5",
                             "render s.json --size 64x64x",
                             "render s.json --size 65537x1",
                             "render s.json --size 65536x65536",
                             "render s.json --spp 0",
                             "render s.json --spp -1",
                             "render s.json --spp abc",
                             "render s.json --spp 1e3",
                             "render s.json --spp 65537",
                             "render s.json --spp",
                             "render s.json --threads -1",
                             "render s.json --threads 99999999999",
                             "render s.json --threads 1025",
                             "render s.json --frames a-b",
                             "render s.json --frames -1-3",
                             "render s.json --frames 1-",
                             "render s.json -o out.bmp",
                             "render s.json -o out",
                             "render s.json -o out/",
                             "render s.json -o f.png --frames 1-10",
                             "render s.json -o a#b#.png",
                             "render s.json --crop 1,2,3",
                             "render s.json --crop 1,2,3,4,5",
                             "render s.json --crop 5,0,5,9",
                             "render s.json --crop 0,0,1.5,9",
                             "render s.json --crop -1,0,5,9",
                             "render s.json --crop nan,0,5,9",
                             "render s.json --eye 1,2",
                             "render s.json --eye 1,2,3,4",
                             "render s.json --eye inf,0,0",
                             "render s.json --fov 0",
                             "render s.json --fov 180",
                             "render s.json --scale 0",
                             "render s.json --scale -5",
                             "render s.json --exposure 65",
                             "render s.json --exposure x",
                             "render s.json --tonemap filmic",
                             "render s.json --format bmp",
                             "render s.json --fps 0",
                             "render s.json --part 0/2",
                             "render s.json --part 3/2 -f all",
                             "render s.json --part half",
                             "render s.json --part 1/2",
                             "render s.json --part 1/2 -f 3",
                             "render s.json --part 1/2 -o a.mp4",
                             "render s.json --part 1/2 --split rows -o -",
                             "render s.json --part 1/2 --split columns",
                             "render s.json --split rows",
                             "render s.json --resume -o -",
                             "render s.json --resume -o a.pfm",
                             "render s.json --resume -o a.mp4",
                             "render s.json --resume --no-clobber",
                             "merge",
                             "merge a.film b.film",
                             "merge -o a.png",
                             "merge a.png",
                             "merge a.film -o a.bmp",
                             "merge a.film -o a.mp4",
                             "merge a.film -o -",
                             "render s.json --fps 1001",
                             "render s.json -o - --format mp4",
                             "render s.json -o clip_##.mp4",
                             "render s.json --png-effort 10",
                             "render s.json --progress loud",
                             "render s.json --show=tev",
                             "render s.json --sky blue.hdr",
                             "render s.json --env-rotate 3",
                             "render s.json --env a.hdr --sky none",
                             "render s.json --env a.hdr --env-strength -1",
                             "render s.json --layers depth",
                             "render s.json --layers gloss -o a.exr",
                             "render s.json --noise 0",
                             "render s.json --noise 0.1 -o a.film",
                             "render s.json --denoise --part 1/2 --split rows",
                             "render s.json --filter mitchell",
                             "render s.json --turntable 0",
                             "render s.json --set a=1",
                             "render s.json --set /a",
                             "render s.json --seed -1",
                             "render s.json --seed 4294967296",
                             "render s.json --max-depth 0",
                             "render s.json --max-memory 8",
                             "render s.json --max-memory G",
                             "render s.json --max-memory 0G",
                             "render s.json --max-memory -1G",
                             "render s.json --max-memory 8GB",
                             "render s.json --max-memory 1e300T",
                             "render s.json --color red",
                             "render s.json --log-file",
                             "render s.json -o - --stats -",
                             "render s.json -o - -f 1-2 --format png",
                             "check",
                             "check a.json b.json",
                             "diff a.png",
                             "diff a.png b.png c.png",
                             "diff a.png b.png --tolerance 5",
                             "diff a.png b.png --tolerance max=-1",
                             "show",
                             "devices what",
                             "paint s.json",
                             ""})
        EXPECT_NE(refusal(text), "") << text;
}

TEST(Options, AnEmptyOutputIsRefused) {
    const std::vector<std::string> words{"render", "s.json", "-o", ""};
    EXPECT_THROW(parse_command_line(words, {}), UsageError);
}

TEST(Options, MessagesNameTheOptionAndItsForm) {
    EXPECT_NE(refusal("render s.json --size 64").find("--size takes WxH"), std::string::npos);
    EXPECT_NE(refusal("render s.json -s 0").find("--spp takes a whole number from 1 to 65536"),
              std::string::npos);
    EXPECT_NE(refusal("render s.json -o out.bmp").find(".png"), std::string::npos);
    EXPECT_NE(refusal("render s.json -o f.png -f 1-3").find("####"), std::string::npos);
    EXPECT_NE(refusal("render s.json --sppp 3").find("unknown option \"--sppp\""),
              std::string::npos);
    EXPECT_NE(refusal("rendr s.json").find("unknown command \"rendr\""), std::string::npos);
    EXPECT_EQ(refusal("render s.json -s 4\x1b[31m").find('\x1b'), std::string::npos);
}

TEST(Options, AllIsDecidedOnlyWithTheScene) {
    EXPECT_TRUE(render("-f all -o f.png").frames.all);
    EXPECT_EQ(render("-f 5 -o f.png").output.name(5), "f.png");
}

TEST(Options, StdoutIsRawUnlessToldOtherwise) {
    EXPECT_TRUE(render("-o -").to_stdout);
    EXPECT_EQ(render("-o -").format, PictureFormat::rgb24);
    EXPECT_EQ(render("-o - --format png").format, PictureFormat::png);
}

TEST(Options, TheEnvironmentGivesDefaultsOnly) {
    const Environment environment{"omp", "3"};
    EXPECT_EQ(parse("render s.json", environment).render.backend, "omp");
    EXPECT_EQ(parse("render s.json", environment).render.threads, 3u);
    EXPECT_EQ(parse("render s.json -b seq -t 1", environment).render.backend, "seq");
    EXPECT_EQ(parse("render s.json -b seq -t 1", environment).render.threads, 1u);
    EXPECT_THROW(parse("render s.json", {std::nullopt, "many"}), UsageError);
}

TEST(Options, PipelineAndArrangementSayTheSame) {
    EXPECT_EQ(render("").arrangement, Arrangement::both);
    EXPECT_EQ(render("").in_flight, 3u);
    EXPECT_EQ(render("--pipeline off").arrangement, Arrangement::sequential);
    EXPECT_EQ(render("--pipeline on --arrangement parallel").arrangement, Arrangement::parallel);
    EXPECT_EQ(render("--arrangement concurrent").arrangement, Arrangement::concurrent);
    for (const char* wrong :
         {"--pipeline off --arrangement both", "--pipeline on --arrangement sequential",
          "--pipeline maybe", "--arrangement some", "--in-flight 0", "--in-flight 65",
          "--throttle-write 0", "--throttle-read -1", "--throttle-write fast", "--trace -",
          "--timeline out/"})
        EXPECT_NE(refusal(std::string("render s.json ") + wrong), "") << wrong;
    EXPECT_EQ(render("--throttle-write 2.5").throttle_write, 2.5e6);
}

TEST(Options, PartsOfAPictureAreFilms) {
    const auto named = [](const std::string& text) {
        const RenderOptions o = render(text);
        EXPECT_EQ(o.format, PictureFormat::film) << text;
        return o.output.name(12).string();
    };
    EXPECT_EQ(named("--part 2/5 --split rows -o d/big.png"), "d/big.part2of5.film");
    EXPECT_EQ(named("--part 2/5 --split rows -o big.film"), "big.part2of5.film");
    EXPECT_EQ(named("--part 2/5 --split samples -o f.v1_###.exr -f all"), "f.v1_012.part2of5.film");
    EXPECT_EQ(named("--part 2/5 --split samples"), "s.part2of5.film");
    const RenderOptions frames = render("--part 2/5 -f all -o f_#.png");
    EXPECT_EQ(frames.format, PictureFormat::png);
    EXPECT_EQ(frames.output.name(1).string(), "f_1.png");
    EXPECT_EQ(render("--part 1/1 --split rows -o a.png").format, PictureFormat::png);
}

TEST(Options, PartAutoAsksTheEnvironment) {
    Environment environment;
    environment.variable = [](const char* name) -> const char* {
        if (std::string(name) == "PMI_RANK") return "2";
        return std::string(name) == "PMI_SIZE" ? "7" : nullptr;
    };
    const RenderOptions o = parse("render s.json --part auto --split rows", environment).render;
    EXPECT_EQ(o.part.index, 3u);
    EXPECT_EQ(o.part.count, 7u);
    EXPECT_EQ(o.part_from, "PMI_RANK");
    EXPECT_EQ(parse("render s.json --part auto", {}).render.part.count, 1u);
}

TEST(Options, MergeTakesItsOutputFirstOrByName) {
    for (const char* text : {"merge out.exr a.film b.film", "merge a.film b.film -o out.exr"}) {
        const MergeOptions o = parse(text).merge;
        EXPECT_EQ(o.parts, (std::vector<std::string>{"a.film", "b.film"}));
        EXPECT_EQ(o.output.name(1).string(), "out.exr");
        EXPECT_EQ(o.format, PictureFormat::exr);
    }
}

TEST(Options, ToleranceOfDiff) {
    const DiffOptions o = parse("diff a b --tolerance max=0.1,rmse=1e-3").diff;
    EXPECT_EQ(o.max, 0.1);
    EXPECT_EQ(o.rmse, 1e-3);
    EXPECT_FALSE(parse("diff a b --tolerance identical").diff.max);
}

TEST(Options, WordsThatAreNearlyRightGetAHint) {
    const auto said = [](const std::string& words) -> std::string {
        try {
            (void)parse(words);
        } catch (const UsageError& e) {
            return e.what();
        }
        return "";
    };
    EXPECT_EQ(said("rendr s.json"), "unknown command \"rendr\"; did you mean render?");
    EXPECT_EQ(said("render s.json --sizee 3"), "unknown option \"--sizee\"; did you mean --size?");
    EXPECT_EQ(said("render s.json --quite"), "unknown option \"--quite\"; did you mean --quiet?");
    EXPECT_EQ(said("render s.json --fram=3"),
              "unknown option \"--fram=3\"; did you mean --frames?");
    EXPECT_EQ(said("paint s.json"), "unknown command \"paint\"");
    EXPECT_EQ(said("diff a b --turntable"), "unknown option \"--turntable\"");
}

TEST(Options, HelpAndVersionNeedNothingElse) {
    EXPECT_EQ(parse("--help").verb, Verb::help);
    EXPECT_EQ(parse("render --help").help_topic, "render");
    EXPECT_EQ(parse("render -h").help_topic, "render");
    EXPECT_EQ(parse("--version").verb, Verb::version);
}

TEST(Help, NamesEveryOption) {
    for (const std::string& verb : verb_names())
        for (const auto& [option, short_name, takes_value, value] : option_names(verb)) {
            if (option == "--no-light-sampling") continue;         // for tests alone
            if (verb == "tiles" && option == "--device") continue; // of a GPU, which has no tiles
            EXPECT_NE(help_text(verb).find(option), std::string::npos) << verb << " " << option;
            EXPECT_NE(option_meaning(verb, option), "") << verb << " " << option;
        }
}

TEST(Help, HasExamplesAndExitCodesAndFitsATerminal) {
    std::vector<std::string> topics = verb_names();
    topics.emplace_back("");
    for (const std::string& verb : topics) {
        const std::string text = help_text(verb);
        EXPECT_NE(text.find("Exit codes"), std::string::npos);
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(line.size(), 100u) << line;
    }
    EXPECT_NE(help_text("").find("Examples"), std::string::npos);
    for (const char* option : {"--color", "--log-file"}) {
        EXPECT_NE(help_text("").find(option), std::string::npos) << option;
        EXPECT_NE(help_text("render").find(option), std::string::npos) << option;
    }
    EXPECT_NE(help_text("render").find("Examples"), std::string::npos);
}

TEST(Completion, KnowsValuesThatAreTaken) {
    size_t files = 0, choices = 0;
    for (const std::string& verb : verb_names())
        for (const OptionName& option : option_names(verb)) {
            std::string line =
                verb + (verb == "diff" || verb == "merge" ? " a.film b.png " : " s.json ");
            if (verb == "completion") line = "completion zsh ";
            if (verb == "devices") line = "devices ";
            if (verb == "merge" && option.long_name != "--output") line += "-o c.png ";
            if (option.long_name == "--split") line += "-f 1-4 --part 1/2 ";
            if (option.long_name == "--layers") line += "-o s.exr ";
            std::istringstream words(option.value.words);
            for (std::string word; words >> word; ++choices)
                EXPECT_NO_THROW((void)parse(line + option.long_name + " " + word))
                    << line << option.long_name << " " << word;
            files += option.value.file;
            EXPECT_TRUE(option.takes_value || (option.value.words.empty() && !option.value.file))
                << option.long_name;
        }
    EXPECT_GE(files, 20u);
    EXPECT_GE(choices, 60u);
    bool short_name = false, flag = false;
    for (const OptionName& option : option_names("render")) {
        short_name |=
            option.long_name == "--spp" && option.short_name == "-s" && option.takes_value;
        flag |= option.long_name == "--resume" && !option.takes_value;
    }
    EXPECT_TRUE(short_name);
    EXPECT_TRUE(flag);
}

TEST(Completion, TellsWhatTheHelpTells) {
    EXPECT_EQ(verb_meaning("check"),
              "read a scene, report every problem with its line, render nothing");
    EXPECT_EQ(option_meaning("render", "--spp"), "samples per pixel");
    EXPECT_EQ(option_meaning("render", "--env-strength"), "turn it to the left, scale its light");
    EXPECT_EQ(option_meaning("tiles", "--spp"), "samples per pixel"); // as in render
    EXPECT_EQ(option_meaning("merge", "--quiet"), "only errors");     // as everywhere
    EXPECT_EQ(option_meaning("merge", "--no-such"), "");
}

TEST(Options, TevNeedsAnAddressOnlyIfItIsAnother) {
    EXPECT_EQ(parse("render s.json").render.tev, "");
    EXPECT_EQ(parse("render --tev s.json").render.tev, "127.0.0.1:14158");
    EXPECT_EQ(parse("render --tev s.json").render.scene, "s.json");
    EXPECT_EQ(parse("render s.json --tev=host:99").render.tev, "host:99");
    for (const char* wrong : {"--tev=host", "--tev=:9", "--tev=h:0", "--tev=h:70000", "--tev="})
        EXPECT_THROW(parse(std::string("render s.json ") + wrong), UsageError) << wrong;
}

TEST(Options, PagesAreHtml) {
    EXPECT_EQ(parse("compare s.json --report a.html").compare.report, "a.html");
    EXPECT_THROW(parse("compare s.json --report a.pdf"), UsageError);
    EXPECT_THROW(parse("compare s.json --arrangements 3"), UsageError);
    EXPECT_EQ(parse("tiles a/s.json").tiles.output, "s.tiles.png");
    EXPECT_THROW(parse("tiles s.json -o a.jpg"), UsageError);
}

} // namespace
} // namespace juggler
