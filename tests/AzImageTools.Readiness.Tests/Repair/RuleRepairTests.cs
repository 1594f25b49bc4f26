using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests.Repair;

/// <summary>What a rule's repair sets is what its check asks for.</summary>
public sealed class RuleRepairTests
{
    private static readonly RuleState[] States = [.. AzureStates.All.Concat(SysprepStates.All).Concat(IdentityStates.All).Where(static state => state.Expected == FindingResult.Fail && RuleCatalog.Windows.SingleOrDefault(rule => rule.Id == state.Id)?.IsRepairable == true)];

    public static TheoryData<string> Failing => [.. States.Select(static state => state.ToString())];

    [Fact]
    public void The_rules_that_can_be_repaired_are_those_that_the_documentation_names()
        => Assert.Equal(
            ["BcdBoot", "BcdEms", "CdromEnabled", "CrashDump", "FirewallProfiles", "FirewallRules", "HyperVDrivers", "HypervisorTools", "LeftoverAnswerFile", "MetadataAgent", "NvmeDrivers", "PageFile", "PantherFolder", "PersistentRoutes", "PowerScheme", "RdpCertificate", "RdpEnabled", "RdpListener", "RdpNla", "RdpPort", "RdpTuning", "SanPolicy", "ServicesAuto", "ServicesManual", "SkipRearm", "SplunkIdentity", "TempVariables", "UtcClock", "WinHttpProxy", "WsusIdentity"],
            RuleCatalog.Windows.Where(static rule => rule.IsRepairable).Select(static rule => rule.Id).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Failing))]
    public void A_repair_turns_what_fails_to_pass_unless_a_driver_or_service_is_not_there(string name)
    {
        RuleState state = Assert.Single(States, state => state.ToString() == name);
        MemoryGuest guest = state.Guest;
        ReadinessRule rule = RuleCatalog.Windows.Single(rule => rule.Id == state.Id);
        RuleContext context = new(guest, state.Options ?? new ReadinessOptions(), ReadinessCheck.Run(guest, state.Options, TestContext.Current.CancellationToken).Generalization);
        IReadOnlyList<DiskEdit> edits = rule.FindRepairs(context);
        Assert.NotEmpty(edits);
        bool isWhole = true;
        foreach (DiskEdit edit in edits)
        {
            (guest, bool isMade) = Apply(guest, edit);
            isWhole &= isMade;
        }

        Assert.Equal(isWhole ? FindingResult.Pass : FindingResult.Fail, rule.Evaluate(context with { Guest = guest }).Result);
        if (isWhole)
        {
            Assert.Empty(rule.FindRepairs(context with { Guest = guest }));
        }
    }

    private static (MemoryGuest Guest, bool IsMade) Apply(MemoryGuest guest, DiskEdit edit)
    {
        if (edit is FileEdit { Action: FileAction.Delete } file)
        {
            return (guest.WithoutFileOrFolder(file.File), true);
        }

        RegistryEdit value = Assert.IsType<RegistryEdit>(edit);
        string key = value.Key["HKLM\\".Length..];
        return value.RequiresKey && !guest.KeyExists(key) ? (guest, value.Data is null)
            : (value.Data is { } data ? guest.With(key, value.Name, data) : guest.Without(key, value.Name), true);
    }

    [Fact]
    public void Nvme_is_repaired_in_every_control_set()
    {
        MemoryGuest guest = MemoryGuest.Ready();
        string[] keys = [.. new[] { "ControlSet001", "ControlSet002" }.SelectMany(static set => new[] { "stornvme", "vpci" }.Select(driver => $@"SYSTEM\{set}\Services\{driver}"))];
        foreach (string key in keys)
        {
            guest = guest.With(key, "Start", 3u).With(key + @"\StartOverride", "0", 3u);
        }

        RuleContext context = new(guest, new ReadinessOptions(), GeneralizationState.Undetermined);
        IReadOnlyList<RegistryEdit> edits = [.. RuleCatalog.Windows.Single(static rule => rule.Id == "NvmeDrivers").FindRepairs(context).Cast<RegistryEdit>()];
        Assert.All(keys, key => Assert.Contains(edits, edit => edit.Key == $@"HKLM\{key}" && edit is { Name: "Start", Data: 0u, RequiresKey: true }));
        Assert.All(keys, key => Assert.Contains(edits, edit => edit.Key == $@"HKLM\{key}\StartOverride" && edit is { Name: "0", Data: null }));
    }
}
