using System.Globalization;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of versions that are told by the names of files, or by the package database of Debian.</summary>
internal static class LibraryChecks
{
    private const string Python = "python";
    private const string OpenSsl = "libssl.so.";
    private const string OmiServer = "opt/omi/bin/omiserver";
    private const string PackageStatus = "var/lib/dpkg/status";

    private static readonly Version OldestPython = new(3, 9);
    private static readonly Version OldestOmi = new(1, 6, 8, 1);
    private static readonly string[] Libraries =
    [
        "usr/lib64", "usr/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu",
    ];

    /// <summary>Each version has a library of its own, /usr/lib/python3.11.</summary>
    public static RuleOutcome JudgePython(RuleContext context)
    {
        (string Path, Version Version)[] found = [.. new[] { "usr/lib", "usr/lib64" }
            .SelectMany(folder => context.Guest.FindIn(folder, static entry => entry.IsDirectory && entry.IsLike(Python, string.Empty)))
            .Select(static path => (path, Version: PythonPackages.ParseVersion(path.Substring(path.LastIndexOf('/') + 1 + Python.Length))))
            .Where(static library => library.Version is not null)
            .Select(static library => (library.path, library.Version!))
            .OrderByDescending(static library => library.Item2)];
        return found.Length == 0 ? RuleOutcome.NotApplicable("There is no Python of a version that its library tells.")
            : found[0].Version >= OldestPython ? RuleOutcome.Pass(new Observation($"/{found[0].Path}", found[0].Version.ToString()))
            : RuleOutcome.Fail(new Observation($"/{found[0].Path}", $"{found[0].Version}; expected at least {OldestPython}"));
    }

    /// <summary>
    /// The library's name: libssl.so.3, libssl.so.1.1, libssl.so.1.0.2k. What is called 1.1 is 1.1.1 wherever it is still updated; Red Hat's .10
    /// and .1.0.0 do not tell.
    /// </summary>
    public static RuleOutcome JudgeOpenSsl(RuleContext context)
    {
        (string Path, Version Version)[] found = [.. Libraries
            .SelectMany(folder => context.Guest.FindIn(folder, static entry => entry.IsLike(OpenSsl, string.Empty)))
            .Select(static path => (path, Version: ParseLibrary(path.Substring(path.LastIndexOf('/') + 1 + OpenSsl.Length))))
            .Where(static library => library.Version is not null)
            .Select(static library => (library.path, library.Version!))
            .OrderByDescending(static library => library.Item2)];
        if (found.Length == 0)
        {
            return RuleOutcome.NotApplicable("No OpenSSL tells its version by its library's name.");
        }

        (string place, Version newest) = found[0];
        return newest.Major >= 3 || (newest.Major == 1 && (newest.Minor == 1 || newest.Build == 2))
            ? RuleOutcome.Pass(new Observation($"/{place}", newest.ToString()))
            : RuleOutcome.Fail(new Observation($"/{place}", $"{newest}; expected 3, 1.1.1 or 1.0.2"));
    }

    /// <summary>OMI was installed with agents that are retired by now; of an RPM the version is in a database that is not read.</summary>
    public static RuleOutcome JudgeOmi(RuleContext context)
    {
        if (context.Guest.GetFile(OmiServer) is null)
        {
            return RuleOutcome.Pass(new Observation($"/{OmiServer}", "absent"));
        }

        if (context.Guest.GetFile(PackageStatus) is not { IsDirectory: false } || ReadPackage(context.Guest, "omi") is not { } version)
        {
            return RuleOutcome.Undetermined($"/{OmiServer} is there, and nothing tells its version.");
        }

        return version >= OldestOmi
            ? RuleOutcome.Pass(new Observation($"/{PackageStatus}", $"omi {version}"))
            : RuleOutcome.Fail(new Observation($"/{PackageStatus}", $"omi {version}; expected at least {OldestOmi}"));
    }

    /// <summary>A version in a library's name: the soname of 3 has one number; letters at the end are patches.</summary>
    private static Version? ParseLibrary(string text)
    {
        int[] numbers = [.. text.Split('.').Select(static part => int.TryParse(new string([.. part.TakeWhile(static letter => letter is >= '0' and <= '9')]), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return Array.IndexOf(numbers, -1) >= 0 || numbers is [10] or [1, 0, 0] ? null
            : numbers switch
            {
                [var major] => new Version(major, 0, 0),
                [var major, var minor] => new Version(major, minor, 0),
                [var major, var minor, var build, ..] => new Version(major, minor, build),
                _ => null,
            };
    }

    /// <summary>The version of an installed package of Debian's; null where it is not among those in the file's first and last MiB.</summary>
    private static Version? ReadPackage(Guest guest, string name)
        => Find(guest.ReadText(PackageStatus), name) ?? Find(guest.ReadTextEnd(PackageStatus), name);

    private static Version? Find(string? text, string name)
    {
        bool isIn = false;
        foreach (string line in text?.Split('\n') ?? [])
        {
            isIn = line.Length > 0 && (isIn || line == $"Package: {name}");
            if (isIn && line.StartsWith("Version: ", StringComparison.Ordinal))
            {
                return PythonPackages.ParseVersion(line.Substring("Version: ".Length).Replace('-', '.'));
            }
        }

        return null;
    }
}
