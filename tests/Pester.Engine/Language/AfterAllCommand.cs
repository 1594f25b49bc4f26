using System.Management.Automation;
using Pester.Engine.Model;

namespace Pester.Engine.Language;

[Cmdlet("Pester", "AfterAll")]
public sealed class AfterAllCommand : SetupCommand
{
    private protected override bool TryKeep(TestBlock block, ScriptBlock script)
    {
        bool isFirst = block.AfterAll is null;
        block.AfterAll = script;
        return isFirst;
    }
}
