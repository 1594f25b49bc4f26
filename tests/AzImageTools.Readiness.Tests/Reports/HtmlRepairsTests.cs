using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Reports;

namespace AzImageTools.Readiness.Tests.Reports;

/// <summary>What was repaired, on the page of the disk's report.</summary>
public sealed class HtmlRepairsTests
{
    [Fact]
    public void The_page_shows_what_was_before_and_after_of_its_own_disk_and_as_text_only()
    {
        ReadinessReport report = ReportSamples.OfHostileGuest();
        RepairResult repair = new()
        {
            Id = "CdromEnabled",
            Title = "The CD-ROM driver starts",
            State = RepairState.Repaired,
            Changes =
            [
                new RegistryChange { Key = @"HKLM\SYSTEM\<script>", Name = "Start", TypeBefore = RegistryValueType.DWord, DataBefore = 4u, Type = RegistryValueType.DWord, Data = 1u, IsChanged = true, Path = report.Target, RepairPath = "r" },
                new FileChange { File = @"Windows\Panther\unattend.xml", Action = FileAction.Delete, LengthBefore = 142, IsChanged = true, Path = report.Target, RepairPath = "r" },
            ],
            Evidence = [],
            Remedy = string.Empty,
            Path = report.Target,
        };
        RepairResult other = repair with { Id = "OtherDisk", Path = report.Target + "x" };
        RepairResult refused = repair with { Id = "VmAgent", State = RepairState.NotRepairable, Changes = [], Reason = "It needs the running Windows." };

        string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html, [repair, other, refused]);

        Assert.Contains("""<th scope="row">HKLM\SYSTEM\&lt;script&gt;\Start</th><td>DWord 4</td><td>DWord 1</td>""", page);
        Assert.Contains("""<th scope="row">Windows\Panther\unattend.xml</th><td>142 bytes</td><td>not there</td>""", page);
        Assert.Contains("It needs the running Windows.", page);
        Assert.DoesNotContain("OtherDisk", page);
        Assert.DoesNotContain("<script", page);
    }
}
