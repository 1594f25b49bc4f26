using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Readiness.Tests;

public sealed class OfflineGuestTests
{
    private const int BlockSize = 512;

    private static readonly string[] Faults = ["CdromEnabled", "CertifiedRoles", "LeftoverAnswerFile", "PantherFolder", "PendingServicing", "ServerRoles"];

    [Theory]
    [InlineData("ready.raw")]
    [InlineData("ready-fixed.vhd")]
    [InlineData("ready-dynamic.vhd")]
    [InlineData("ready-fixed.vhdx")]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("mbr-dynamic.vhd")]
    [InlineData("mbr-dynamic.vhdx")]
    public void A_ready_disk_passes_every_rule_and_is_Ready(string name)
    {
        ReadinessReport report = Judge(name);

        Assert.DoesNotContain(report.Findings, finding => finding.Result is FindingResult.Fail or FindingResult.Undetermined);
        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Equal(GeneralizationState.NotGeneralized, report.Generalization);
        Assert.Empty(report.Problems);
        Assert.InRange(report.BytesRead, 1, 64L << 20);
        Assert.EndsWith(name, report.Target, StringComparison.Ordinal);
        Assert.Equal("Windows Server 2022 Datacenter", report.Guest?.Product);
        Assert.Equal(20348, report.Guest?.Build);
    }

    [Fact]
    public void The_disk_that_is_not_ready_fails_exactly_its_faults()
    {
        ReadinessReport report = Judge("notready.vhdx");

        Assert.Equal(ReadinessVerdict.NotReady, report.Verdict);
        Assert.Equal(GeneralizationState.NotGeneralized, report.Generalization);
        Assert.Equal(Faults, report.Findings.Where(finding => finding.Result == FindingResult.Fail).Select(finding => finding.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(report.Findings, finding => finding.Result == FindingResult.Undetermined);
        Assert.Equal(["LeftoverAnswerFile", "CertifiedRoles"], report.Warnings.Select(warning => warning.Id));
    }

    [Fact]
    public void A_Windows_that_was_powered_off_is_told_by_its_volumes_journal()
    {
        using TempFolder folder = new();
        string path = TestFile.Unpack("disks/ready.raw", folder);
        byte[] bytes = File.ReadAllBytes(path);
        NtfsLog.Write(bytes, (1, 1), isOpen: true, isMarkedClean: false);
        File.WriteAllBytes(path, bytes);

        Finding finding = Assert.Single(JudgeFile(path).Findings, static finding => finding.Id == "VolumeDirty");
        Assert.Equal(FindingResult.Fail, finding.Result);
        Assert.Contains("without a shutdown", Assert.Single(finding.Evidence).Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void The_generalized_disk_is_Generalized_and_ready_for_Azure()
    {
        ReadinessReport report = Judge("generalized.vhdx");

        Assert.Equal(GeneralizationState.Generalized, report.Generalization);
        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Empty(report.Blockers);
        Assert.Empty(report.Warnings);
    }

    [Theory]
    [InlineData("5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0A04", ReadinessVerdict.Ready)]
    [InlineData("5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0AFF", ReadinessVerdict.NotReady)]
    public async Task Of_several_Windows_the_one_that_the_boot_configuration_starts_is_judged_or_it_is_doubted(string partition, ReadinessVerdict verdict)
    {
        const int sector = 512;
        const int start = 73728 * sector;
        const int length = 49152 * sector;
        ExternalTool.SkipUnlessInstalled("sgdisk");
        using TempFolder folder = new();
        string path = TestFile.Unpack("disks/ready.raw", folder);
        byte[] ready = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        byte[] other = new byte[length];
        using (VirtualDisk disk = DiskOpener.Open(TestFile.Unpack("disks/notready.vhdx", folder)))
        {
            disk.Read(start, other);
        }

        // The other one lies first, where the one that starts was.
        byte[] both = new byte[ready.Length + length + (1 << 20)];
        ready.CopyTo(both, 0);
        other.CopyTo(both, start);
        ready.AsSpan(start, length).CopyTo(both.AsSpan(start + length));
        await File.WriteAllBytesAsync(path, both, TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("sgdisk", "-e", path);
        await ExternalTool.RunAsync("sgdisk", "-u", "3:R", "-n", $"4:{(start + length) / sector}:+{length / sector}", "-t", "4:0700", "-u", "4:" + partition, path);

        ReadinessReport report = JudgeFile(path);

        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(verdict == ReadinessVerdict.Ready ? 0 : 1, report.Problems.Count(static problem => problem.StartsWith("2 volumes hold a Windows", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_disk_without_a_system_gets_a_report_that_is_not_Ready()
    {
        ReadinessReport report = Judge("no-os.vhd");

        Assert.NotEqual(ReadinessVerdict.Ready, report.Verdict);
        Assert.Null(report.Guest);
        Assert.Equal(GeneralizationState.Undetermined, report.Generalization);
        Assert.DoesNotContain(report.Findings, finding => finding.Result == FindingResult.Pass && RuleCatalog.Windows.Any(rule => rule.Id == finding.Id));
    }

    [Fact]
    public void A_disk_and_the_texts_its_hives_were_made_of_are_judged_alike()
    {
        ReadinessReport disk = Judge("ready-fixed.vhd");
        ReadinessReport memory = ReadinessCheck.Run(MemoryGuest.Ready(), Sample.Options, TestContext.Current.CancellationToken);

        Assert.Equal(memory.Findings.Select(Describe), disk.Findings.Select(Describe));
    }

    [Fact]
    public void A_manual_upload_blocks_a_VHDX_that_Send_AzVhd_would_convert()
    {
        Finding[] blockers = [.. Judge("ready-dynamic.vhdx", Sample.Options with { ConvertsOnUpload = false }).Blockers];

        Assert.Equal("VhdFixed", Assert.Single(blockers).Id);
    }

    [Fact]
    public void A_hive_that_is_damaged_makes_its_rules_undetermined_and_the_others_go_on()
    {
        using TempFolder folder = new();
        string path = TestFile.Unpack("disks/ready.raw", folder);
        DamageHive(path, "SOFTWARE");

        ReadinessReport report = JudgeFile(path);

        Assert.Equal(ReadinessVerdict.Undetermined, report.Verdict);
        Assert.Equal(FindingResult.Undetermined, Assert.Single(report.Findings, finding => finding.Id == "PendingServicing").Result);
        Assert.Equal(FindingResult.Pass, Assert.Single(report.Findings, finding => finding.Id == "CdromEnabled").Result);
    }

    [Fact]
    public void A_disk_encrypted_with_BitLocker_is_NotReady_for_that()
    {
        using TempFolder folder = new();
        string path = TestFile.Unpack("disks/ready.raw", folder);
        byte[] content = File.ReadAllBytes(path);
        int volume = content.AsSpan().IndexOf("NTFS    "u8);
        "-FVE-FS-"u8.CopyTo(content.AsSpan(volume));
        File.WriteAllBytes(path, content);

        ReadinessReport report = JudgeFile(path);

        Assert.Equal(ReadinessVerdict.NotReady, report.Verdict);
        Assert.Equal("BitLockerOff", Assert.Single(report.Blockers).Id);
        Assert.Equal(GeneralizationState.Undetermined, report.Generalization);
    }

    [Fact]
    public void A_disk_damaged_anywhere_gets_a_report_all_the_same()
    {
        using TempFolder folder = new();
        string path = TestFile.Unpack("disks/ready.raw", folder);
        byte[] content = File.ReadAllBytes(path);
        int[] places = [.. Enumerable.Range(0, content.Length / BlockSize)
            .Where(block => content.AsSpan(block * BlockSize, BlockSize).ContainsAnyExcept((byte)0))
            .Select(block => block * BlockSize)];

        Gen.Select(Gen.Int[0, places.Length - 1].Select(index => places[index]), Gen.Int[0, BlockSize - 1], Gen.Byte).Array[1, 40].Sample(
            damage =>
            {
                using (FileStream file = File.OpenWrite(path))
                {
                    foreach ((int place, int offset, byte value) in damage)
                    {
                        file.Position = place + offset;
                        file.WriteByte(value);
                    }
                }

                try
                {
                    Assert.InRange(JudgeFile(path, new ReadinessOptions()).Findings.Count, RuleCatalog.Disk.Count + RuleCatalog.Windows.Count, RuleCatalog.All.Count);
                }
                finally
                {
                    using FileStream file = File.OpenWrite(path);
                    foreach ((int place, _, _) in damage)
                    {
                        file.Position = place;
                        file.Write(content, place, BlockSize);
                    }
                }
            },
            iter: 100,
            threads: 1);
    }

    private static ReadinessReport Judge(string name, ReadinessOptions? options = null)
    {
        using TempFolder folder = new();
        return JudgeFile(TestFile.Unpack($"disks/{name}", folder), options);
    }

    private static ReadinessReport JudgeFile(string path, ReadinessOptions? options = null)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(disk));
        return ReadinessCheck.Run(guest, options ?? Sample.Options, TestContext.Current.CancellationToken);
    }

    /// <summary>Overwrites the signature of the hive that bears the name: its header is the only one that holds it in UTF-16.</summary>
    private static void DamageHive(string path, string name)
    {
        const int nameAt = 48;
        byte[] content = File.ReadAllBytes(path);
        byte[] stored = Encoding.Unicode.GetBytes(name);
        int hive = 0;
        do
        {
            hive = content.AsSpan(hive + 1).IndexOf("regf"u8) + hive + 1;
        }
        while (!content.AsSpan(hive + nameAt).StartsWith(stored));

        content.AsSpan(hive, sizeof(uint)).Clear();
        File.WriteAllBytes(path, content);
    }

    /// <summary>What must be the same of two findings: the texts differ where file times are shown.</summary>
    private static (string Id, FindingResult Result, FindingSeverity Severity) Describe(Finding finding) => (finding.Id, finding.Result, finding.Severity);
}
