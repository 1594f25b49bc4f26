
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// The files of which "Prepare a Windows VHD or VHDX to upload to Azure" names the oldest version that should be installed, and
/// srv.sys, of which the Marketplace's certification does. Later versions of Windows than those named have none to be older than.
/// </summary>
internal static class FileVersions
{
    /// <summary>From this revision on, Windows 8 and Server 2012 count in the branch of all hotfixes.</summary>
    private const int FirstHotfixRevision = 20000;
    private const string Folder = @"Windows\System32\";

    /// <summary>7 SP1 and 2008 R2 SP1; 8 and 2012; 8.1 and 2012 R2; 1607 and 2016; 1703; 1709.</summary>
    public static IReadOnlyList<int> Builds { get; } = [7601, 9200, 9600, 14393, 15063, 16299];

    public static IReadOnlyList<MinimumFile> Table { get; } =
    [
        new(@"drivers\disk.sys", "6.1.7601.23403", "6.2.9200.17638 6.2.9200.21757", "6.3.9600.18203"),
        new(@"drivers\storport.sys", "6.1.7601.23403", "6.2.9200.17188 6.2.9200.21306", "6.3.9600.18573", "10.0.14393.1358", "10.0.15063.332"),
        new(@"drivers\ntfs.sys", "6.1.7601.23403", "6.2.9200.17623 6.2.9200.21743", "6.3.9600.18654", "10.0.14393.1198", "10.0.15063.447"),
        new("iologmsg.dll", "6.1.7601.23403", "6.2.9200.16384"),
        new(@"drivers\classpnp.sys", "6.1.7601.23403", "6.2.9200.17061 6.2.9200.21180", "6.3.9600.18334", "10.0.14393.953"),
        new(@"drivers\volsnap.sys", "6.1.7601.23403", "6.2.9200.17047 6.2.9200.21165", "6.3.9600.18265", null, "10.0.15063.0"),
        new(@"drivers\partmgr.sys", "6.1.7601.23403", "6.2.9200.16681", "6.3.9600.17401", "10.0.14393.953", "10.0.15063.0"),
        new(@"drivers\volmgr.sys", null, null, null, null, "10.0.15063.0"),
        new(@"drivers\volmgrx.sys", "6.1.7601.23403", null, null, null, "10.0.15063.0"),
        new(@"drivers\msiscsi.sys", "6.1.7601.23403", "6.2.9200.21006", "6.3.9600.18624", "10.0.14393.1066", "10.0.15063.447"),
        new(@"drivers\msdsm.sys", "6.1.7601.23403", "6.2.9200.21474", "6.3.9600.18592"),
        new(@"drivers\mpio.sys", "6.1.7601.23403", "6.2.9200.21190", "6.3.9600.18616", "10.0.14393.1198"),
        new(@"drivers\vmstorfl.sys", "6.3.9600.18907", "6.3.9600.18080", "6.3.9600.18907", "10.0.14393.2007", "10.0.15063.850", "10.0.16299.371"),
        new("fveapi.dll", "6.1.7601.23311", "6.2.9200.20930", "6.3.9600.18294", "10.0.14393.576"),
        new("fveapibase.dll", "6.1.7601.23403", "6.2.9200.20930", "6.3.9600.17415", "10.0.14393.206"),
        new(@"drivers\netvsc.sys", null, null, null, "10.0.14393.1198", "10.0.15063.250"),
        new(@"drivers\mrxsmb10.sys", "6.1.7601.23816", "6.2.9200.22108", "6.3.9600.18603", "10.0.14393.479", "10.0.15063.483"),
        new(@"drivers\mrxsmb20.sys", "6.1.7601.23816", "6.2.9200.21548", "6.3.9600.18586", "10.0.14393.953", "10.0.15063.483"),
        new(@"drivers\mrxsmb.sys", "6.1.7601.23816", "6.2.9200.22074", "6.3.9600.18586", "10.0.14393.953", "10.0.15063.0"),
        new(@"drivers\tcpip.sys", "6.1.7601.23761", "6.2.9200.22070", "6.3.9600.18478", "10.0.14393.1358", "10.0.15063.447"),
        new(@"drivers\http.sys", "6.1.7601.23403", "6.2.9200.17285", "6.3.9600.18574", "10.0.14393.251", "10.0.15063.483"),
        new(@"drivers\vmswitch.sys", "6.1.7601.23727", "6.2.9200.22117", "6.3.9600.18654", "10.0.14393.1358", "10.0.15063.138"),
        new("ntoskrnl.exe", "6.1.7601.23807", "6.2.9200.22170", "6.3.9600.18696", "10.0.14393.1358", "10.0.15063.483"),
        new("rdpcorets.dll", "6.2.9200.21506", "6.2.9200.22104", "6.3.9600.18619", "10.0.14393.1198", "10.0.15063.0"),
        new("termsrv.dll", "6.1.7601.23403", "6.2.9200.17048", "6.3.9600.17415", "10.0.14393.0", "10.0.15063.0"),
        new(@"drivers\termdd.sys", "6.1.7601.23403"),
        new("win32k.sys", "6.1.7601.23807", "6.2.9200.22168", "6.3.9600.18698", "10.0.14393.594"),
        new("rdpdd.dll", "6.1.7601.23403"),
        new(@"drivers\rdpwd.sys", "6.1.7601.23403"),
        new(@"drivers\srv.sys", "6.1.7601.23689", "6.2.9200.22099", "6.3.9600.18604", "10.0.14393.953"),
    ];

    /// <summary>Files that are not there are not needed; those that tell no version can't be judged.</summary>
    public static RuleOutcome Judge(RuleContext context)
    {
        int build = WindowsVersion.GetBuild(context.Guest);
        int column = Builds.ToList().IndexOf(build);
        if (column < 0)
        {
            return RuleOutcome.NotApplicable(FormattableString.Invariant($"No minimum file versions are known for build {build}."));
        }

        List<Observation> outdated = [];
        List<Observation> unknown = [];
        int current = 0;
        foreach (MinimumFile file in Table)
        {
            string path = Folder + file.Path;
            if (file.Versions.ElementAtOrDefault(column) is not { } minimum || context.Guest.GetFile(path) is not { IsDirectory: false })
            {
                continue;
            }

            Version? version = context.Guest.ReadFileVersion(path);
            if (version is null)
            {
                unknown.Add(new Observation(path, "has no version"));
            }
            else if (version < GetMinimum(minimum, version))
            {
                outdated.Add(new Observation(path, $"version {version}; expected at least {GetMinimum(minimum, version)}"));
            }
            else
            {
                current++;
            }
        }

        return outdated.Count > 0 ? RuleOutcome.Fail([.. outdated])
            : unknown.Count > 0 ? RuleOutcome.Undetermined(string.Join("; ", unknown))
            : RuleOutcome.Pass(new Observation(Folder, FormattableString.Invariant($"{current} files are recent enough")));
    }

    private static Version GetMinimum(string minimum, Version version)
    {
        Version[] branches = [.. minimum.Split(' ').Select(Version.Parse)];
        return version.Revision >= FirstHotfixRevision ? branches[branches.Length - 1] : branches[0];
    }
}

/// <summary>The oldest version of a file that works well in Azure, by the version of Windows.</summary>
/// <param name="Path">The file, below Windows\System32.</param>
/// <param name="Versions">
/// By <see cref="FileVersions.Builds"/>: the version; two where the maintenance branches of one Windows count apart; null where the
/// page names none.
/// </param>
internal sealed record MinimumFile(string Path, params string?[] Versions);
