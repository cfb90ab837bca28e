// Output files are whole or absent, whatever happens while they are written.
#include "host/base/error.h"
#include "host/base/output_file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;

class Output : public testing::Test {
protected:
    fs::path folder = fs::path(testing::TempDir()) / ("juggler_output_" + std::to_string(getpid()));
    void SetUp() override { fs::create_directories(folder); }
    void TearDown() override { fs::remove_all(folder); }

    static std::string text_of(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    size_t file_count() const {
        return size_t(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }
};

template <class F>
std::string refusal(F&& act) {
    try {
        act();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), Exit::output);
        return e.what();
    }
    return "";
}

TEST_F(Output, HasItsNameOnlyAfterCommit) {
    OutputFile file(folder / "a.png");
    file.write("hello ");
    file.write("world");
    EXPECT_FALSE(fs::exists(folder / "a.png"));
    file.commit();
    EXPECT_EQ(text_of(folder / "a.png"), "hello world");
    EXPECT_EQ(file_count(), 1u);
}

TEST_F(Output, LeavesNothingWithoutCommit) {
    {
        OutputFile file(folder / "a.png");
        file.write("half");
        EXPECT_EQ(file_count(), 1u);
    }
    EXPECT_EQ(file_count(), 0u);
}

TEST_F(Output, ReplacesWhatWasThereInOneStep) {
    std::ofstream(folder / "a.png") << "old";
    OutputFile file(folder / "a.png");
    file.write("new");
    EXPECT_EQ(text_of(folder / "a.png"), "old");
    file.commit();
    EXPECT_EQ(text_of(folder / "a.png"), "new");
}

TEST_F(Output, NoClobberKeepsWhatWasThere) {
    std::ofstream(folder / "a.png") << "old";
    {
        OutputFile file(folder / "a.png");
        file.write("new");
        EXPECT_NE(refusal([&] { file.commit(true); }).find("a.png: File exists"),
                  std::string::npos);
    }
    EXPECT_EQ(text_of(folder / "a.png"), "old");
    EXPECT_EQ(file_count(), 1u);
    OutputFile other(folder / "b.png");
    other.commit(true);
    EXPECT_TRUE(fs::exists(folder / "b.png"));
}

TEST_F(Output, ReplacesALinkAndNotWhatItPointsTo) {
    std::ofstream(folder / "precious") << "old";
    fs::create_symlink("precious", folder / "a.png");
    OutputFile file(folder / "a.png");
    file.write("new");
    file.commit();
    EXPECT_EQ(text_of(folder / "precious"), "old");
    EXPECT_FALSE(fs::is_symlink(folder / "a.png"));
}

TEST_F(Output, DevicesAndPipesGetTheBytesAndStay) {
    const fs::path pipe = folder / "pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THROW(OutputFile{pipe}, Error) << "nobody reads it";
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    {
        OutputFile file(pipe);
        file.write("abc");
        file.commit();
    }
    char got[4] = {};
    EXPECT_EQ(read(reader, got, sizeof got), 3);
    EXPECT_STREQ(got, "abc");
    close(reader);
    EXPECT_TRUE(fs::is_fifo(pipe));

    fs::create_symlink("/dev/full", folder / "full.png");
    OutputFile full(folder / "full.png");
    EXPECT_THROW(full.write("abc"), Error);
    EXPECT_TRUE(fs::is_symlink(folder / "full.png"));
}

TEST_F(Output, ADeviceNeedsNoFolderThatCanBeWritten) {
    // Permissions hold nobody back who is root.
    const bool root = geteuid() == 0;
    constexpr uid_t nobody = 65534;
    if (root) {
        ASSERT_EQ(seteuid(nobody), 0);
    }
    EXPECT_NO_THROW(check_output_place("/dev/null"));
    EXPECT_NE(refusal([] { check_output_place("/dev/a.png"); }).find("folder /dev"),
              std::string::npos);
    EXPECT_NE(refusal([] { check_output_place("/proc/self/mem/a.png"); }), "");
    if (root) {
        ASSERT_EQ(seteuid(0), 0);
    }
    EXPECT_NO_THROW(check_output_place(folder / "a.png"));
    EXPECT_THROW(check_output_place(folder / "no" / "a.png"), Error);
}

TEST_F(Output, TwoWritersOfOneNameDoNotMeet) {
    OutputFile first(folder / "a.png");
    OutputFile second(folder / "a.png");
    first.write("first");
    second.write("second");
    first.commit();
    second.commit();
    EXPECT_EQ(text_of(folder / "a.png"), "second");
    EXPECT_EQ(file_count(), 1u);
}

TEST_F(Output, TakesNamesOfFullLength) {
    const fs::path file = folder / std::string(255, 'x');
    OutputFile output(file);
    output.commit();
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(Output, SaysWhatIsWrongWithAFolder) {
    EXPECT_NE(refusal([&] { OutputFile f(folder / "no" / "a.png"); }).find("No such file"),
              std::string::npos);
    EXPECT_NE(refusal([&] { check_output_folder(folder / "no"); }).find("No such file"),
              std::string::npos);
    std::ofstream(folder / "file") << "x";
    EXPECT_NE(refusal([&] { check_output_folder(folder / "file"); }).find("Not a directory"),
              std::string::npos);
    EXPECT_NE(refusal([&] { check_output_folder("/proc/self"); }), "");
    EXPECT_EQ(refusal([&] { check_output_folder(folder); }), "");
    EXPECT_EQ(refusal([&] { check_output_folder(""); }), "");
}

TEST_F(Output, AFolderCannotBeReplaced) {
    fs::create_directory(folder / "a.png");
    EXPECT_NE(refusal([&] { OutputFile(folder / "a.png").commit(); }).find("a.png"),
              std::string::npos);
    EXPECT_EQ(file_count(), 1u);
}

// Runs `act` in a child and gives its wait status.
template <class F>
int in_child(F&& act) {
    const pid_t child = fork();
    if (child == 0) {
        act();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

TEST_F(Output, AKilledWriterLeavesNoFinalName) {
    std::ofstream(folder / "a.png") << "old";
    const int status = in_child([&] {
        OutputFile file(folder / "a.png");
        file.write("half");
        raise(SIGKILL);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(text_of(folder / "a.png"), "old");
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        EXPECT_TRUE(name == "a.png" || (name.starts_with(".a.png.") && name.ends_with(".tmp")));
    }
}

TEST_F(Output, WhatKilledWritersLeftIsRemovedAndNothingElse) {
    const auto killed = [&](const std::string& name) {
        (void)in_child([&] {
            OutputFile file(folder / name);
            file.write("half");
            raise(SIGKILL);
        });
    };
    const std::string long_name(255, 'x');
    for (const std::string& name : {std::string("f_1.png"), std::string("f_2.png"), long_name})
        killed(name);
    OutputFile living(folder / "f_1.png");
    for (const char* other :
         {".f_1.png.tmp", ".f_1.png.12-zz.tmp", "f_1.png.1-0123456789abcdef.tmp",
          ".f_1.png.x-0123456789abcdef.tmp", ".f_1.png", "f_1.png"})
        std::ofstream(folder / other) << "mine";
    EXPECT_EQ(file_count(), 10u);
    EXPECT_EQ(remove_leftovers(folder, {"f_1.png", "f_3.png", long_name}), 2u);
    EXPECT_EQ(file_count(), 8u);
    EXPECT_EQ(remove_leftovers(folder, {"f_2.png"}), 1u);
    EXPECT_EQ(remove_leftovers(folder / "no", {"f_2.png"}), 0u);
    living.write("whole");
    living.commit();
    EXPECT_EQ(text_of(folder / "f_1.png"), "whole");
}

TEST_F(Output, AFullFileSystemIsSaidAndLeavesNothing) {
    const int status = in_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1000, 1000};
        setrlimit(RLIMIT_FSIZE, &limit);
        try {
            OutputFile file(folder / "a.png");
            for (int i = 0; i < 100; ++i)
                file.write(std::string(64, 'x'));
            file.commit();
        } catch (const Error& e) {
            _exit(std::string(e.what()).find("a.png: File too large") != std::string::npos ? 42
                                                                                           : 1);
        }
    });
    EXPECT_EQ(WEXITSTATUS(status), 42);
    EXPECT_EQ(file_count(), 0u);
}

} // namespace
} // namespace juggler
