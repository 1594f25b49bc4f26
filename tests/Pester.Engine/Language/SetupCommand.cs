using System.Management.Automation;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine.Language;

/// <summary>Sets aside what has to run around the tests of a block.</summary>
public abstract class SetupCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock Scriptblock { get; set; } = null!;

    protected override void ProcessRecord()
    {
        TestBlock block = EngineState.Of(this).Discovering
            ?? throw new PesterSyntaxException($"{MyInvocation.InvocationName} stands inside a test or a set-up block.");
        if (!TryKeep(block, Scriptblock))
        {
            throw new PesterSyntaxException($"'{block.Name}' has {MyInvocation.InvocationName} twice.");
        }
    }

    /// <returns>False when the block has one already.</returns>
    private protected abstract bool TryKeep(TestBlock block, ScriptBlock script);
}
