using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>
/// Machines of QEMU's started from a Debian's disk: what readiness calls ready starts and tells Azure so, and what it blocks does not. A
/// start takes seconds where the processor runs machines, and half a minute and more where they are emulated: there only the first rows
/// are tried, unless AZIMAGETOOLS_BOOTS is "all".
/// </summary>
public sealed class BootTests(BootFolder folder) : IClassFixture<BootFolder>
{
    public static TheoryData<string> Faults => [.. BootFault.All.Select(static fault => fault.Name)];

    [Theory]
    [InlineData(Firmware.Bios, Controller.Ide, true)]
    [InlineData(Firmware.Bios, Controller.Scsi, false)]
    [InlineData(Firmware.Bios, Controller.Nvme, false)]
    [InlineData(Firmware.Uefi, Controller.Ide, false)]
    [InlineData(Firmware.Uefi, Controller.Scsi, false)]
    [InlineData(Firmware.Uefi, Controller.Nvme, true)]
    public async Task What_is_ready_starts_and_tells_Azure_so(Firmware firmware, Controller controller, bool isBrief)
    {
        SkipUnlessTried(isBrief);
        BootDisk disk = await folder.CopyDiskAsync("ready.raw");
        ReadinessReport report = Judge(disk, firmware);
        Assert.Empty(report.Blockers);
        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);

        BootResult result = await Machine.StartAsync(disk, firmware, controller, folder.Accelerator);
        Assert.True(result.Outcome == Outcome.Provisioned, $"{result}\n{await disk.ReadAsync("/var/log/cloud-init.log")}");
        Assert.Contains($"{Fabric.UserName}:", await disk.ReadAsync("/etc/passwd"), StringComparison.Ordinal);
        Assert.Contains("ssh_host_ed25519_key", await disk.ListAsync("/etc/ssh"));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_is_told_and_does_what_is_told(string name)
    {
        BootFault fault = BootFault.All.Single(fault => fault.Name == name);
        SkipUnlessTried(fault.IsBrief);
        BootDisk disk = await folder.CopyDiskAsync("faulty.raw");
        await fault.Apply(folder, disk);

        ReadinessReport report = Judge(disk, fault.Firmware);
        string failing = string.Join('\n', report.Findings.Where(static finding => finding.Result is FindingResult.Fail or FindingResult.Undetermined));
        if (fault.Rule is null)
        {
            Assert.True(report.Verdict == ReadinessVerdict.Ready, failing);
        }
        else
        {
            Finding finding = report.Findings.Single(finding => finding.Id == fault.Rule);
            Assert.True(finding.Result == FindingResult.Fail && finding.Severity == fault.Severity, failing);
        }

        BootResult result = await Machine.StartAsync(disk, fault.Firmware, fault.Controller, folder.Accelerator, fault.Longest);
        Assert.True(result.Outcome == fault.Outcome, $"{failing}\n{result}");
    }

    private static ReadinessReport Judge(BootDisk disk, Firmware firmware)
    {
        using VirtualDisk opened = DiskOpener.Open(disk.Path);
        using OpenedImage image = new(opened);
        using OfflineGuest guest = OfflineGuest.Open(image);
        return ReadinessCheck.Run(guest, new ReadinessOptions { Purpose = ReadinessPurpose.AzureUpload, Generation = firmware == Firmware.Uefi ? 2 : 1 }, TestContext.Current.CancellationToken);
    }

    private void SkipUnlessTried(bool isBrief)
    {
        folder.SkipUnlessMade();
        Assert.SkipUnless(
            isBrief || folder.Accelerator == "kvm" || Environment.GetEnvironmentVariable("AZIMAGETOOLS_BOOTS") == "all",
            "the processor runs no machines here, and emulating them takes minutes: AZIMAGETOOLS_BOOTS=all tries all");
    }
}
