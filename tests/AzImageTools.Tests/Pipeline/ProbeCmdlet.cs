using System.Management.Automation;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Tests.Pipeline;

/// <summary>A cmdlet whose body the test supplies.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Probe", SupportsShouldProcess = true)]
public sealed class ProbeCmdlet : AsyncCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    [Parameter(Mandatory = true)]
    public object Body { get; set; } = null!;

    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;

    private protected override Task ProcessAsync(IStreamSink sink, OperationContext context)
        => ((Func<IStreamSink, OperationContext, object?, Task>)PSObject.AsPSObject(Body).BaseObject)(sink, context, InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject);
}
