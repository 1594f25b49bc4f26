using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Reports;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests;

public sealed class ReadinessCheckTests
{
    private const string StateFile = @"Windows\Setup\State\State.ini";

    [Fact]
    public void A_ready_guest_is_Ready_and_not_generalized()
    {
        ReadinessReport report = Run(MemoryGuest.Ready());

        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Equal(GeneralizationState.NotGeneralized, report.Generalization);
        Assert.Empty(Ids(report, FindingResult.Fail));
        Assert.Empty(Ids(report, FindingResult.Undetermined));
        Assert.NotEmpty(report.GeneralizationEvidence);
        Assert.Equal(["AppxUserOnly", "RearmLeft", "RunContext", "LiveHealth", "LocalAdmin"], report.NotChecked.Select(finding => finding.Id));
        Assert.All(report.NotChecked, finding => Assert.Equal(FindingResult.NotApplicable, finding.Result));
    }

    [Theory]
    [InlineData(true, true, FindingResult.NotApplicable)]
    [InlineData(true, false, FindingResult.Pass)]
    [InlineData(false, true, FindingResult.Fail)]
    public void A_disk_that_was_taken_of_a_running_machine_is_not_blamed_for_a_volume_that_was_not_closed(bool isCrashConsistent, bool isDirty, FindingResult expected)
    {
        MemoryGuest guest = MemoryGuest.Ready().WithVolume(volume => volume with { IsDirty = isDirty });

        ReadinessReport report = ReadinessCheck.Run(guest, new ReadinessOptions { IsCrashConsistent = isCrashConsistent }, TestContext.Current.CancellationToken);

        Assert.Equal(expected, report.Findings.Single(static finding => finding.Id == "VolumeDirty").Result);
    }

    [Fact]
    public void A_file_that_is_listed_and_can_not_be_opened_makes_a_rule_undetermined()
    {
        ReadinessRule rule = new(
            "Link", FindingSeverity.Warning, ReadinessPurpose.AzureUpload, RuleScope.Windows, "Link", "none", "https://example.com/", new RuleCheck(FindingSeverity.Warning, _ => throw new FileNotFoundException("There is no file 'link'.")));

        ReadinessReport report = ReadinessCheck.Run(MemoryGuest.Ready(), new ReadinessOptions { OwnRules = [rule] }, TestContext.Current.CancellationToken);

        Finding finding = report.Findings.Single(static finding => finding.Id == "Link");
        Assert.Equal(FindingResult.Undetermined, finding.Result);
        Assert.Contains("'link'", Assert.Single(finding.Evidence).Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_and_duration_are_those_of_the_clock_that_is_given()
    {
        ManualClock clock = new();
        ReadinessRule slow = new("Slow", FindingSeverity.Warning, ReadinessPurpose.AzureUpload, RuleScope.Windows, "Slow", "none", "https://example.com/", new RuleCheck(FindingSeverity.Warning, _ =>
        {
            clock.Advance(TimeSpan.FromSeconds(42));
            return RuleOutcome.Pass();
        }));

        ReadinessReport report = ReadinessCheck.Run(MemoryGuest.Ready(), new ReadinessOptions { OwnRules = [slow], TimeProvider = clock }, TestContext.Current.CancellationToken);

        Assert.Equal(ManualClock.Start, report.StartTime);
        Assert.Equal(TimeSpan.FromSeconds(42), report.Duration);
        Assert.Contains("Checked on 6 May 2026, 07:08 UTC.", ReadinessReportFile.Format([report], ReadinessReportFormat.Html), StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_warning_is_listed_and_leaves_the_verdict()
    {
        ReadinessReport report = Run(MemoryGuest.Ready().WithFile(@"Windows\Panther\unattend.xml", "<unattend/>"));

        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Empty(report.Blockers);
        Assert.Equal("LeftoverAnswerFile", Assert.Single(report.Warnings).Id);
    }

    [Fact]
    public void A_failing_blocker_makes_NotReady_even_where_other_evidence_is_missing()
    {
        ReadinessReport report = Run(MemoryGuest.Ready().With(WindowsKeys.Services + @"\cdrom", "Start", 4u).Lose("SOFTWARE"));

        Assert.Equal(ReadinessVerdict.NotReady, report.Verdict);
        Assert.Equal("CdromEnabled", Assert.Single(report.Blockers).Id);
        Assert.Contains("PendingServicing", report.NotChecked.Select(finding => finding.Id));
    }

    [Theory]
    [InlineData("SYSTEM")]
    [InlineData("SOFTWARE")]
    [InlineData("FILES")]
    public void Missing_or_damaged_evidence_of_a_blocker_makes_Undetermined(string what)
    {
        Assert.Equal(ReadinessVerdict.Undetermined, Run(MemoryGuest.Ready().Lose(what)).Verdict);

        ReadinessReport damaged = Run(MemoryGuest.Ready().Damage(what));
        Assert.Equal(ReadinessVerdict.Undetermined, damaged.Verdict);
        Assert.Contains(damaged.Findings, finding => finding.Result == FindingResult.Undetermined && finding.Evidence.Any(evidence => evidence.Seen.Contains("A cell is damaged", StringComparison.Ordinal)));
        Assert.Contains(damaged.Findings, finding => finding.Result == FindingResult.Pass);
    }

    [Fact]
    public void Missing_evidence_of_a_warning_leaves_the_verdict()
    {
        ReadinessReport report = Run(MemoryGuest.Ready().Lose("SECURITY"));

        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Contains("DomainJoined", report.NotChecked.Select(finding => finding.Id));
    }

    [Fact]
    public void Doubtful_evidence_withholds_Ready_and_leaves_NotReady()
    {
        const string doubt = "The hive SYSTEM may be stale.";
        ReadinessReport report = Run(MemoryGuest.Ready().WithProblem(doubt));

        Assert.Equal(ReadinessVerdict.Undetermined, report.Verdict);
        Assert.Equal([doubt], report.Problems);
        Assert.Equal(ReadinessVerdict.NotReady, Run(MemoryGuest.Ready().WithProblem(doubt).With(WindowsKeys.Services + @"\cdrom", "Start", 4u)).Verdict);
    }

    [Fact]
    public void A_generalized_guest_is_asked_only_what_Azure_needs()
    {
        ReadinessReport report = Run(MemoryGuest.Generalized());

        Assert.Equal(GeneralizationState.Generalized, report.Generalization);
        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        foreach (ReadinessRule rule in RuleCatalog.Select(Sample.Options).Where(static rule => rule.Scope != RuleScope.Linux))
        {
            Finding finding = Assert.Single(report.Findings, finding => finding.Id == rule.Id);
            bool isOver = rule.Purpose == ReadinessPurpose.Sysprep || rule.IsLiveOnly || rule.Id is "ImageState" or "BcdBoot" or "FileVersions";
            Assert.True(isOver == (finding.Result == FindingResult.NotApplicable), finding.ToString());
        }
    }

    [Fact]
    public void A_generalized_guest_without_its_CD_ROM_driver_is_NotReady()
        => Assert.Equal(ReadinessVerdict.NotReady, Run(MemoryGuest.Generalized().With(WindowsKeys.Services + @"\cdrom", "Start", 4u)).Verdict);

    [Fact]
    public void One_purpose_brings_the_findings_of_its_rules_only()
    {
        ReadinessReport sysprep = Run(MemoryGuest.Ready(), Sample.Options with { Purpose = ReadinessPurpose.Sysprep });
        ReadinessReport upload = Run(MemoryGuest.Ready(), Sample.Options with { Purpose = ReadinessPurpose.AzureUpload });

        string[] ofSysprep = [.. sysprep.Findings.Select(finding => finding.Id)];
        string[] ofUpload = [.. upload.Findings.Select(finding => finding.Id)];

        Assert.Contains("SetupIdle", ofSysprep);
        Assert.DoesNotContain("CdromEnabled", ofSysprep);
        Assert.Contains("CdromEnabled", ofUpload);
        Assert.DoesNotContain("SetupIdle", ofUpload);
        Assert.Equal(["BitLockerOff", "ImageState", "LeftoverAnswerFile", "Hibernated", "DefenderOnboarded"], ofSysprep.Intersect(ofUpload));
        Assert.Equal(RuleCatalog.Select(Sample.Options).Count(static rule => rule.Scope != RuleScope.Linux), ofSysprep.Union(ofUpload).Count());
    }

    [Fact]
    public void A_guest_without_a_known_system_is_never_Ready()
    {
        ReadinessReport none = Run(MemoryGuest.Ready().WithIdentity(null).WithoutVolumes());
        Assert.Equal(ReadinessVerdict.Undetermined, none.Verdict);
        Assert.Equal(GeneralizationState.Undetermined, none.Generalization);

        ReadinessReport unknown = Run(MemoryGuest.Ready().WithIdentity(new GuestIdentity { Family = GuestFamily.Unknown }));
        Assert.Equal(ReadinessVerdict.Undetermined, unknown.Verdict);
        Assert.DoesNotContain(unknown.Findings, finding => finding.Result == FindingResult.Pass && RuleCatalog.Disk.All(rule => rule.Id != finding.Id) && finding.Id != "BitLockerOff");
    }

    [Fact]
    public void An_encrypted_disk_is_NotReady_for_that_and_everything_else_is_undetermined()
    {
        ReadinessReport report = Run(MemoryGuest.Ready().WithIdentity(null).WithVolume(volume => volume with { FileSystem = FileSystemKind.BitLocker, HoldsOperatingSystem = false }));

        Assert.Equal(ReadinessVerdict.NotReady, report.Verdict);
        Assert.Equal("BitLockerOff", Assert.Single(report.Blockers).Id);
    }

    [Fact]
    public void A_running_machine_is_asked_what_only_it_can_tell_and_not_judged_as_a_disk()
    {
        MemoryGuest guest = MemoryGuest.Ready().WithoutDisk()
            .WithLive(new LiveFacts { RemainingRearmCount = 3, RunsAsLocalSystem = false, IsDomainJoined = false, UserOnlyAppPackages = [], HealthProblems = [], IsAdministratorEnabled = true });
        ReadinessReport report = Run(guest);

        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Empty(report.NotChecked);
        Assert.All(
            RuleCatalog.Select(Sample.Options).Where(static rule => rule.Scope == RuleScope.Disk),
            rule => Assert.Equal(FindingResult.NotApplicable, Assert.Single(report.Findings, finding => finding.Id == rule.Id).Result));
    }

    [Theory]
    [InlineData("no tag", GeneralizationState.PartlyGeneralized)]
    [InlineData("State.ini disagrees", GeneralizationState.PartlyGeneralized)]
    [InlineData("setup does not come next", GeneralizationState.PartlyGeneralized)]
    [InlineData("resealed to audit", GeneralizationState.PartlyGeneralized)]
    [InlineData("started since", GeneralizationState.NotGeneralized)]
    [InlineData("Sysprep stopped midway", GeneralizationState.PartlyGeneralized)]
    [InlineData("Sysprep stopped midway, no files", GeneralizationState.PartlyGeneralized)]
    [InlineData("only State.ini says that Sysprep stopped midway", GeneralizationState.PartlyGeneralized)]
    [InlineData("specialized, first-run setup comes next", GeneralizationState.NotGeneralized)]
    [InlineData("specialized, audit mode comes next", GeneralizationState.NotGeneralized)]
    [InlineData("specialized, State.ini disagrees", GeneralizationState.PartlyGeneralized)]
    [InlineData("specialized, State.ini says that setup stopped midway", GeneralizationState.PartlyGeneralized)]
    [InlineData("no files", GeneralizationState.Undetermined)]
    [InlineData("no SOFTWARE hive", GeneralizationState.Undetermined)]
    [InlineData("no SYSTEM hive", GeneralizationState.Undetermined)]
    public void Generalization_takes_all_three_marks(string change, GeneralizationState expected)
    {
        MemoryGuest guest = MemoryGuest.Generalized();
        _ = change switch
        {
            "no tag" => guest.WithoutFile(@"Windows\System32\Sysprep\Sysprep_succeeded.tag"),
            "State.ini disagrees" => guest.WithFile(StateFile, "[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n"),
            "setup does not come next" => guest.With(WindowsKeys.Setup, "SetupType", 0u),
            "resealed to audit" => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT"),
            "started since" => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_COMPLETE").With(WindowsKeys.Setup, "SetupType", 0u),
            "Sysprep stopped midway" => Stopped(guest),
            "Sysprep stopped midway, no files" => Stopped(guest).Lose("FILES"),
            "only State.ini says that Sysprep stopped midway" => guest.Without(WindowsKeys.SetupState, "ImageState").WithFile(StateFile, State("UNDEPLOYABLE")),
            "specialized, first-run setup comes next" => Specialized(guest, "OOBE").WithFile(StateFile, State("SPECIALIZE_RESEAL_TO_OOBE")),
            "specialized, audit mode comes next" => Specialized(guest, "AUDIT").WithFile(StateFile, State("SPECIALIZE_RESEAL_TO_AUDIT")),
            "specialized, State.ini disagrees" => Specialized(guest, "OOBE"),
            "specialized, State.ini says that setup stopped midway" => Specialized(guest, "OOBE").WithFile(StateFile, State("UNDEPLOYABLE")),
            "no files" => guest.Lose("FILES"),
            "no SOFTWARE hive" => guest.Lose("SOFTWARE"),
            _ => guest.Lose("SYSTEM"),
        };

        ReadinessReport report = Run(guest);

        Assert.Equal(expected, report.Generalization);
        Assert.NotEqual(FindingResult.NotApplicable, Assert.Single(report.Findings, finding => finding.Id == "SetupIdle").Result);

        static string State(string name) => $"[State]\r\nImageState=IMAGE_STATE_{name}\r\n";
        static MemoryGuest Specialized(MemoryGuest guest, string next) => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_SPECIALIZE_RESEAL_TO_" + next);
        static MemoryGuest Stopped(MemoryGuest guest) => guest
            .With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_UNDEPLOYABLE")
            .WithFile(StateFile, State("UNDEPLOYABLE"))
            .WithoutFile(@"Windows\System32\Sysprep\Sysprep_succeeded.tag")
            .With(WindowsKeys.Setup, "SetupType", 0u);
    }

    [Fact]
    public void An_image_whose_Sysprep_stopped_midway_says_what_to_do()
    {
        ReadinessReport report = Run(MemoryGuest.Ready().With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_UNDEPLOYABLE"));

        Assert.Equal((GeneralizationState.PartlyGeneralized, ReadinessVerdict.NotReady), (report.Generalization, report.Verdict));
        Assert.Contains(report.GeneralizationEvidence, static evidence => evidence.Seen.Contains("IMAGE_STATE_UNDEPLOYABLE", StringComparison.Ordinal));
        Assert.Contains(report.GeneralizationEvidence, static evidence => evidence.Seen.Contains("Go back to a copy from before", StringComparison.Ordinal));
    }

    [Fact]
    public void An_ordinary_machine_is_not_generalized_even_while_its_files_cannot_be_read()
        => Assert.Equal(GeneralizationState.NotGeneralized, Run(MemoryGuest.Ready().Lose("FILES")).Generalization);

    [Fact]
    public void Evidence_carries_no_control_characters_and_is_bounded()
    {
        ReadinessReport report = Run(MemoryGuest.Ready().With(WindowsKeys.SetupState, "ImageState", "\u001b[2J" + new string('A', 100_000)));

        Observation seen = Assert.Single(Assert.Single(report.Findings, finding => finding.Id == "ImageState").Evidence);
        Assert.DoesNotContain('\u001b', seen.ToString());
        Assert.InRange(seen.Seen.Length, 1, 1000);
    }

    [Fact]
    public void A_cancelled_check_stops()
        => Assert.Throws<OperationCanceledException>(() => ReadinessCheck.Run(MemoryGuest.Ready(), cancellationToken: new CancellationToken(canceled: true)));

    private static ReadinessReport Run(MemoryGuest guest, ReadinessOptions? options = null)
        => ReadinessCheck.Run(guest, options ?? Sample.Options, TestContext.Current.CancellationToken);

    private static string[] Ids(ReadinessReport report, FindingResult result)
        => [.. report.Findings.Where(finding => finding.Result == result).Select(finding => finding.Id)];
}
