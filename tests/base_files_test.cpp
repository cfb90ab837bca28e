#include "host/base/error.h"
#include "host/base/files.h"
#include "tests/temp_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace juggler {
namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class Action>
std::string message_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.exit(), Exit::input);
        return error.what();
    }
    return "no error";
}

class FolderTest : public testing::Test {
protected:
    FolderTest() {
        outside_.write("secret.txt", "secret");
        inside_.write("a.bin", "inside");
        inside_.write("sub/b c+d.bin", "deeper");
    }
    std::string refusal(std::string_view uri) const {
        return message_of([&] { (void)Folder(inside_.path()).read(uri, 1000); });
    }
    TempFolder outside_, inside_;
};

TEST_F(FolderTest, files_in_the_folder_and_below_are_read) {
    const Folder folder(inside_.path());
    EXPECT_EQ(text_of(folder.read("a.bin", 1000)), "inside");
    EXPECT_EQ(text_of(folder.read("./sub/../a.bin", 1000)), "inside");
    EXPECT_EQ(text_of(folder.read("sub/b%20c+d.bin", 1000)), "deeper");
    EXPECT_EQ(text_of(folder.read("sub%2Fb%20c%2bd.bin", 1000)), "deeper");
}

TEST_F(FolderTest, a_link_within_the_folder_is_followed) {
    std::filesystem::create_symlink("sub/b c+d.bin", inside_.path() / "link");
    EXPECT_EQ(text_of(Folder(inside_.path()).read("link", 1000)), "deeper");
}

TEST_F(FolderTest, no_spelling_leaves_the_folder) {
    const std::string name = outside_.path().filename().string() + "/secret.txt";
    std::filesystem::create_symlink(outside_.path() / "secret.txt", inside_.path() / "link");
    std::filesystem::create_symlink(outside_.path(), inside_.path() / "folder");
    std::filesystem::create_symlink("/", inside_.path() / "root");
    std::filesystem::create_symlink("/proc/self/root", inside_.path() / "magic");
    const std::vector<std::string> uris = {"../" + name,
                                           "..%2f" + name,
                                           "%2e%2e%2F" + name,
                                           "%2E%2E/" + name,
                                           ".%2e/" + name,
                                           "sub/../../" + name,
                                           "./../" + name,
                                           "sub/%2e%2e/%2e%2e/" + name,
                                           outside_.path().string() + "/secret.txt",
                                           "%2Ftmp/" + name,
                                           "/etc/passwd",
                                           "//host/x.png",
                                           "%2f%2fhost/x.png",
                                           "\\\\host\\x.png",
                                           "..\\secret.txt",
                                           "%5c%5chost%5cx",
                                           "C:\\x.png",
                                           "C:/x.png",
                                           "c:x.png",
                                           "link",
                                           "folder/secret.txt",
                                           "folder/../folder/secret.txt",
                                           "root/etc/passwd",
                                           "magic/etc/passwd"};
    for (const std::string& uri : uris)
        EXPECT_NE(refusal(uri).find("is outside the scene's folder"), std::string::npos)
            << uri << ": " << refusal(uri);
    for (const std::string uri : {"magic", "/proc/self/root"})
        EXPECT_NE(refusal(uri), "no error") << uri;
}

TEST_F(FolderTest, schemes_are_refused_by_name) {
    for (const std::string scheme : {"http", "https", "file", "FILE", "ftp", "javascript"})
        EXPECT_NE(refusal(scheme + "://localhost/etc/passwd").find(scheme + ":, which is not"),
                  std::string::npos);
}

TEST_F(FolderTest, broken_names_are_refused) {
    EXPECT_NE(refusal("a%00.bin").find("NUL"), std::string::npos);
    EXPECT_NE(refusal(std::string_view("a\0.bin", 6)).find("NUL"), std::string::npos);
    EXPECT_NE(refusal("a%2").find("hexadecimal"), std::string::npos);
    EXPECT_NE(refusal("a%zz.bin").find("hexadecimal"), std::string::npos);
    EXPECT_NE(refusal("").find("empty"), std::string::npos);
    EXPECT_NE(refusal("%c0%ae%c0%ae/" + outside_.path().filename().string()).find("cannot open"),
              std::string::npos)
        << "overlong UTF-8 is not a dot";
}

TEST_F(FolderTest, only_regular_files_are_read) {
    ASSERT_EQ(::mkfifo((inside_.path() / "pipe").c_str(), 0600), 0);
    EXPECT_NE(refusal("pipe").find("no regular file"), std::string::npos);
    EXPECT_NE(refusal("sub").find("it is a folder"), std::string::npos);
    EXPECT_NE(refusal(".").find("it is a folder"), std::string::npos);
    EXPECT_NE(refusal("missing.bin").find("cannot open \"missing.bin\": No such file"),
              std::string::npos);
}

TEST_F(FolderTest, longer_files_than_allowed_are_refused_unread) {
    const Folder folder(inside_.path());
    EXPECT_EQ(folder.read("a.bin", 6).size(), 6u);
    EXPECT_NE(message_of([&] { (void)folder.read("a.bin", 5); }).find("more than the 5 allowed"),
              std::string::npos);
}

TEST_F(FolderTest, a_missing_folder_is_an_error) {
    EXPECT_NE(message_of([&] { Folder(inside_.path() / "none"); }).find("open folder"),
              std::string::npos);
}

TEST(ReadFile, reads_any_regular_file) {
    const TempFolder folder;
    EXPECT_EQ(text_of(read_file(folder.write("x", "bytes"), 5)), "bytes");
    EXPECT_TRUE(read_file(folder.write("empty", ""), 5).empty());
    EXPECT_NE(message_of([&] { (void)read_file(folder.path() / "none", 5); }).find("No such file"),
              std::string::npos);
    EXPECT_NE(message_of([&] { (void)read_file(folder.path(), 5); }).find("it is a folder"),
              std::string::npos);
}

TEST(FilesRead, KnowsContentsAndNamesButNoOrder) {
    const TempFolder temp;
    const auto hash_of = [&](const std::string& scene, const std::string& x, const std::string& y,
                             bool turned = false) {
        const auto first = temp.write(scene, "scene");
        temp.write("x.bin", x);
        temp.write("y.bin", y);
        const FilesRead files;
        (void)read_file(first, 100);
        const Folder folder(temp.path());
        (void)folder.read(turned ? "y.bin" : "x.bin", 100);
        (void)folder.read(turned ? "x.bin" : "y.bin", 100);
        return files.hash();
    };
    const uint64_t hash = hash_of("a.json", "1", "2");
    EXPECT_EQ(hash_of("a.json", "1", "2"), hash);
    EXPECT_EQ(hash_of("b.json", "1", "2"), hash);
    EXPECT_EQ(hash_of("a.json", "1", "2", true), hash);
    EXPECT_NE(hash_of("a.json", "2", "1"), hash);
    EXPECT_NE(hash_of("a.json", "1", "3"), hash);
    EXPECT_NE(hash_of("a.json", "12", ""), hash);
}

} // namespace
} // namespace juggler
