using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;

namespace AzImageTools.Commands.Readiness;

/// <summary>Lists the rules that readiness is judged by: what each asks, of which guests, why, and the page it follows.</summary>
[Cmdlet(VerbsCommon.Get, "AzImageReadinessRule", HelpUri = HelpPages.Root + "Get-AzImageReadinessRule.md")]
[OutputType(typeof(ReadinessRule))]
public sealed class GetAzImageReadinessRuleCommand : AsyncCmdlet
{
    /// <summary>The rules to list, by id; wildcards are allowed; findings are piped. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>Lists only rules that serve this purpose.</summary>
    [Parameter]
    public ReadinessPurpose Purpose { get; set; } = ReadinessPurpose.All;

    /// <summary>A table of rules of your own (.psd1 or JSON), listed with the others.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RulePath { get; set; } = [];

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        ReadinessOptions options = new() { Purpose = Purpose, Include = Id ?? [], OwnRules = await RuleTableFile.ReadAllAsync(RulePath, sink).ConfigureAwait(false) };
        foreach (ReadinessRule rule in RuleCatalog.Select(options))
        {
            await sink.WriteObjectAsync(rule).ConfigureAwait(false);
        }
    }
}
