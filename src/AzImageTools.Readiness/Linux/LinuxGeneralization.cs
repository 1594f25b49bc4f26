using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// Tells whether a Linux is generalized. Nothing marks one: it is when nothing is left of the machine it was installed
/// on. A step that the distribution's own configuration leaves out, and that nothing makes up for, leaves the answer open.
/// </summary>
internal static class LinuxGeneralization
{
    private const string RegenerateKeys = "Provisioning.RegenerateSshHostKeyPair";
    private const string DeleteRootPassword = "Provisioning.DeleteRootPassword";

    /// <summary>The steps: what each leaves behind, and whether an ordinary machine never looks as it does after it.</summary>
    private static readonly (RuleCheck[] Checks, bool IsMark)[] Steps =
    [
        ([new(FindingSeverity.Warning, JudgeHostKeys)], true),
        (DeprovisionRules.AgentState, false),
        ([new(FindingSeverity.Warning, DeprovisionChecks.JudgeHostName)], true),
        ([new(FindingSeverity.Warning, JudgeRoot)], false),
        ([new(FindingSeverity.Warning, DeprovisionChecks.JudgeMachineId), new(FindingSeverity.Warning, DeprovisionChecks.JudgeBusMachineId)], true),
        ([new(FindingSeverity.Warning, DeprovisionChecks.JudgeUsers)], false),
    ];

    public static Generalization Judge(RuleContext context)
    {
        (RuleOutcome Outcome, bool IsMark)[] steps = [.. Steps.Select(step => (RuleOutcome.FromAll(step.Checks, context), step.IsMark))];
        Observation[] evidence = [.. steps.SelectMany(static step => step.Outcome.Evidence).Distinct()];
        bool isAnythingLeft = Array.Exists(steps, static step => step.Outcome.Result == FindingResult.Fail);
        bool isAnythingOpen = Array.Exists(steps, static step => step.Outcome.Result == FindingResult.Undetermined);
        bool hasMark = Array.Exists(steps, static step => step.IsMark && step.Outcome.Result == FindingResult.Pass);
        GeneralizationState state = (isAnythingLeft, isAnythingOpen, hasMark) switch
        {
            (true, _, true) => GeneralizationState.PartlyGeneralized,
            (true, _, false) => GeneralizationState.NotGeneralized,
            (false, true, _) => GeneralizationState.Undetermined,
            (false, false, _) => GeneralizationState.Generalized,
        };
        return new Generalization(state, evidence);
    }

    /// <summary>Keys that stay are no fault where cloud-init replaces them; where the agent is told to leave them, it is open what was meant.</summary>
    private static RuleOutcome JudgeHostKeys(RuleContext context)
    {
        RuleOutcome keys = DeprovisionChecks.JudgeHostKeys(context);
        if (keys.Result != FindingResult.Fail)
        {
            return keys;
        }

        return DeprovisionChecks.AreHostKeysReplaced(context)
            ? new RuleOutcome(FindingResult.NotApplicable, [.. keys.Evidence, new Observation(string.Empty, "cloud-init replaces the host keys when a new machine starts.")])
            : Optional(context, keys, RegenerateKeys);
    }

    private static RuleOutcome JudgeRoot(RuleContext context)
        => DeprovisionChecks.JudgeRoot(context) is { Result: FindingResult.Fail } root ? Optional(context, root, DeleteRootPassword) : DeprovisionChecks.JudgeRoot(context);

    private static RuleOutcome Optional(RuleContext context, RuleOutcome left, string name)
        => context.Linux.AgentConfiguration is { } configuration && !configuration.IsOn(name)
            ? new RuleOutcome(FindingResult.Undetermined, [.. left.Evidence, configuration.See(name)])
            : left;
}
