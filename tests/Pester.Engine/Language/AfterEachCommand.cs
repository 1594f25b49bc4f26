using System.Management.Automation;
using Pester.Engine.Model;

namespace Pester.Engine.Language;

[Cmdlet("Pester", "AfterEach")]
public sealed class AfterEachCommand : SetupCommand
{
    private protected override bool TryKeep(TestBlock block, ScriptBlock script)
    {
        bool isFirst = block.AfterEach is null;
        block.AfterEach = script;
        return isFirst;
    }
}
