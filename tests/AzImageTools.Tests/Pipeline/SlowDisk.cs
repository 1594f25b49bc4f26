using System.Diagnostics;
using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Pipeline;

/// <summary>
/// A disk image of which, after some, every read takes a second, for the processes that are started with it: the system's function of reading is
/// replaced for that file. Skips the test where there is no C compiler.
/// </summary>
internal sealed class SlowDisk
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static void slow_down(int file) {
            char link[64], path[4096];
            snprintf(link, sizeof link, "/proc/self/fd/%d", file);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return;
            path[length] = 0;
            if (strcmp(path, getenv("SLOW_DISK")) != 0) return;
            int log = open(getenv("SLOW_DISK_READS"), O_WRONLY | O_CREAT | O_APPEND, 0600);
            if (write(log, "r", 1) != 1) abort();
            close(log);
            struct stat read_before;
            if (stat(getenv("SLOW_DISK_READS"), &read_before) == 0 && read_before.st_size > atol(getenv("SLOW_DISK_AFTER"))) sleep(1);
        }

        ssize_t pread64(int file, void *buffer, size_t count, off64_t offset) {
            ssize_t (*real)(int, void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
            slow_down(file);
            return real(file, buffer, count, offset);
        }

        int fsync(int file) {
            int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
            const char *flush = getenv("SLOW_DISK_FLUSH");
            if (flush) {
                close(open(flush, O_WRONLY | O_CREAT, 0600));
                sleep(60);
            }

            return real(file);
        }

        ssize_t pread(int file, void *buffer, size_t count, off_t offset) { return pread64(file, buffer, count, offset); }
        """;

    private readonly string _library;
    private readonly string _reads;

    private SlowDisk(string path, string library, string reads)
    {
        Path = path;
        _library = library;
        _reads = reads;
    }

    public string Path { get; }

    /// <summary>Whether a file is being brought to the device, which takes a minute.</summary>
    public bool IsFlushing => File.Exists(_reads + ".flush");

    /// <summary>How many reads have begun.</summary>
    public long Reads => File.Exists(_reads) ? new FileInfo(_reads).Length : 0;

    public static async Task<SlowDisk> MakeAsync(string disk, TempFolder folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a function of the system is replaced as Linux does it");
        ExternalTool.SkipUnlessInstalled("cc");
        string source = folder.File("slow.c");
        string library = folder.File("slow.so");
        await File.WriteAllTextAsync(source, Source, TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("cc", "-shared", "-fPIC", "-o", library, source, "-ldl");
        return new SlowDisk(TestFile.Unpack(disk, folder), library, folder.File("reads"));
    }

    /// <summary>Makes reads of the disk slow in a process that is to be started.</summary>
    /// <param name="start">The process.</param>
    /// <param name="after">How many reads are as fast as ever, before; null where all are, and bringing a file to the device takes a minute.</param>
    public void SlowDown(ProcessStartInfo start, int? after)
    {
        if (after is null)
        {
            start.Environment["SLOW_DISK_FLUSH"] = _reads + ".flush";
        }

        start.Environment["SLOW_DISK_AFTER"] = (after ?? int.MaxValue).ToString(CultureInfo.InvariantCulture);
        start.Environment["LD_PRELOAD"] = _library;
        start.Environment["SLOW_DISK"] = Path;
        start.Environment["SLOW_DISK_READS"] = _reads;
    }
}
