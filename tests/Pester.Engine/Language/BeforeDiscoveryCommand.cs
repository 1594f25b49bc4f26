using System.Management.Automation;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine.Language;

/// <summary>Runs at once, in the scope it stands in, so that the discovery of what follows sees its variables.</summary>
[Cmdlet("Pester", "BeforeDiscovery")]
public sealed class BeforeDiscoveryCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    protected override void ProcessRecord()
    {
        if (EngineState.Of(this).Discovering is null)
        {
            throw new PesterSyntaxException("BeforeDiscovery stands inside a test or a set-up block.");
        }

        if (new Scopes(this).Run(ScriptBlock) is { } error)
        {
            ThrowTerminatingError(error);
        }
    }
}
